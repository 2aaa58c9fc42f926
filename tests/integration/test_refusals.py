"""Bad input ends in a named, one-sentence error that says what to write instead, and nothing is made."""

from __future__ import annotations

from tests.integration import archives
from tests.integration.control import limit_instances
from tests.integration.deployments import NOTHING, Account, endpoint_name
from tests.integration.test_deploy_endpoint import hosting


def test_bad_input_is_refused_by_name_and_makes_nothing(account: Account) -> None:
    name = endpoint_name("refused")
    good = hosting(name, account.upload(f"elsewhere/{name}/good.tar.gz", archives.answering(1)))
    text = account.upload(f"elsewhere/{name}/text.tar.gz", archives.text_file())
    limit_instances(account, **{"ml.m5.24xlarge": 0})
    # One is refused by the plan, one by what is looked into before anything is created, one by a quota.
    bad = {
        "FieldUnknown": (good | {"InstanceTyp": "ml.m5.large"}, "did you mean InstanceType"),
        "ArtifactNotGzip": (good | {"ModelDataUrl": text}, "make it with tar -czf model.tar.gz"),
        "QuotaExceeded": (good | {"InstanceType": "ml.m5.24xlarge"}, '"ml.m5.24xlarge for endpoint usage" is 0'),
    }
    started = {error: account.start(request) for error, (request, _) in bad.items()}

    ended = {error: account.end_of(arn) for error, arn in started.items()}

    limit_instances(account)
    assert {error: one.error for error, one in ended.items()} == {error: error for error in bad}
    for error, (_, words) in bad.items():
        message = ended[error].explanation["Message"]
        assert words in message
        assert message.count(". ") == 0, "one sentence"
        assert ended[error].explanation["Hint"]
    assert account.made_for(name) == NOTHING


def test_a_failed_update_is_explained_and_leaves_the_endpoint_on_its_good_version(account: Account) -> None:
    name = endpoint_name("survives")
    first = account.deploy(hosting(name, account.upload(f"elsewhere/{name}/3.tar.gz", archives.answering(3))))
    made = account.made_for(name)

    ended = account.run(hosting(name, account.upload(f"elsewhere/{name}/bad.tar.gz", archives.crashing()), "sklearn"))

    assert ended.error == "ModelCodeFailed"
    assert any("the model is upside down" in line for line in ended.explanation["LogTail"])
    assert len(ended.explanation["Resources"]["Removed"]) == 2
    assert account.invoke(name, [1])["factor"] == 3
    endpoint = account.sagemaker.describe_endpoint(EndpointName=name)
    assert endpoint["EndpointConfigName"] == first["EndpointConfigName"]
    assert account.made_for(name) == made
