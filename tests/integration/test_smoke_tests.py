"""Smoke tests and old versions on the real stack: real containers answer, or do not."""

from __future__ import annotations

import json
from hashlib import md5

from tests.fakes.archives import tar_gz
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name
from tests.integration.test_deploy_endpoint import hosting

FAILING_CODE = (
    archives.ANSWERING_CODE
    + """
def predict_fn(data, model):
    raise ValueError("the model is upside down")
"""
)


def failing() -> bytes:
    """Return an archive whose model is healthy, and fails whatever it is asked."""
    return tar_gz({"weights.json": b'{"factor": 1}', "code/inference.py": FAILING_CODE.encode()})


def sampled(account: Account, name: str, archive: bytes) -> dict[str, object]:
    """Return an input with a smoke test that sums up three numbers.

    Every archive has a key of its own: what was overwritten cannot be loaded again, and so not be put back.
    """
    uri = account.upload(f"elsewhere/{name}/{md5(archive).hexdigest()}.tar.gz", archive)
    sample = account.upload(f"elsewhere/{name}/sample.json", b"[1, 2, 3]")
    return hosting(name, uri) | {"SmokeTest": {"PayloadUrl": sample, "ContentType": "application/json"}}


def test_a_deployment_says_what_its_endpoint_answered(account: Account) -> None:
    name = endpoint_name("tested")

    output = account.deploy(sampled(account, name, archives.answering(2)))

    answer = output["SmokeTest"]
    assert (answer["Status"], answer["ContentType"]) == (200, "application/json")
    assert json.loads(answer["Body"]) == {"sum": 12, "factor": 2}


def test_an_update_that_fails_its_smoke_test_leaves_the_old_version_serving(account: Account) -> None:
    name = endpoint_name("put-back")
    account.deploy(sampled(account, name, archives.answering(3)))
    before, made = account.sagemaker.describe_endpoint(EndpointName=name), account.made_for(name)

    ended = account.run(sampled(account, name, failing()))

    assert (ended.status, ended.error) == ("FAILED", "SmokeTestFailed")
    assert any("the model is upside down" in line for line in ended.cause["LogTail"]), ended.cause
    assert ended.cause["Resources"]["Restored"] == [f"EndpointConfig {before['EndpointConfigName']}"]
    after = account.sagemaker.describe_endpoint(EndpointName=name)
    for field in ("EndpointStatus", "EndpointConfigName", "CreationTime"):
        assert after[field] == before[field]
    assert account.made_for(name) == made
    assert account.invoke(name, [1])["factor"] == 3


def test_a_new_endpoint_that_fails_its_smoke_test_leaves_nothing(account: Account) -> None:
    name = endpoint_name("upside-down")

    ended = account.run(sampled(account, name, failing()))

    assert ended.error == "SmokeTestFailed"
    assert account.made_for(name) == {"Models": [], "EndpointConfigs": [], "Endpoints": []}


def test_three_versions_are_kept_and_the_oldest_of_them_can_be_rolled_back_to(account: Account) -> None:
    name = endpoint_name("versions")
    uris = [account.upload(f"elsewhere/{name}/{number}.tar.gz", archives.answering(number)) for number in range(1, 6)]

    outputs = [account.deploy(hosting(name, uri)) for uri in uris]

    kept = outputs[-3:]
    made = account.made_for(name)
    assert made["EndpointConfigs"] == sorted(output["EndpointConfigName"] for output in kept)
    assert made["Models"] == sorted(output["ModelName"] for output in kept)
    account.deploy({"EndpointName": name, "EndpointConfigName": kept[0]["EndpointConfigName"]})
    assert account.invoke(name, [1])["factor"] == 3
