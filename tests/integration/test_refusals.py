"""Bad input ends in a named, one-sentence error that says what to write instead, and nothing is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration import archives
from tests.integration.control import limit_instances
from tests.integration.deployments import Account, endpoint_name

Request = dict[str, Any]
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": 60,
        }
    }
}
NOTHING: dict[str, list[str]] = {"Models": [], "EndpointConfigs": [], "Endpoints": []}


def good(account: Account, name: str, content: bytes | None = None) -> Request:
    """Return an input that would be accepted."""
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", content or archives.answering(1))
    return {"EndpointName": name, "ModelDataUrl": uri, "Framework": "sklearn", "InstanceType": "ml.m5.large"}


def without(field: str) -> Callable[[Account, str], Request]:
    """Return a maker of inputs that lack a field."""
    return lambda account, name: {key: value for key, value in good(account, name).items() if key != field}


def changed(**fields: Any) -> Callable[[Account, str], Request]:
    """Return a maker of inputs with other fields."""
    return lambda account, name: good(account, name) | fields


def holding(content: bytes) -> Callable[[Account, str], Request]:
    """Return a maker of inputs whose archive holds this."""
    return lambda account, name: good(account, name, content)


BAD = [
    ("missing EndpointName", without("EndpointName"), "FieldMissing", "EndpointName is missing: add it"),
    ("illegal EndpointName", changed(EndpointName="my_endpoint"), "FieldInvalid", 'EndpointName is "my_endpoint", but'),
    ("unknown field", changed(InstanceTyp="ml.m5.large"), "FieldUnknown", "did you mean InstanceType"),
    ("missing ModelDataUrl", without("ModelDataUrl"), "FieldMissing", "ModelDataUrl is missing"),
    (
        "missing archive",
        changed(ModelDataUrl="s3://amzn-models/nowhere/model.tar.gz"),
        "ArtifactNotFound",
        "there is no such object: upload it with aws s3 cp",
    ),
    (
        "bucket of others",
        changed(ModelDataUrl="s3://a-bucket-of-others/model.tar.gz"),
        "ModelBucketNotAllowed",
        "a-bucket-of-others/model.tar.gz lies in a bucket that the stack takes no models from",
    ),
    ("text file", holding(archives.text_file()), "ArtifactNotGzip", "make it with tar -czf model.tar.gz"),
    ("gzipped text", holding(archives.gzipped_text()), "ArtifactNotTar", "make it with tar -czf model.tar.gz"),
    ("path traversal", holding(archives.traversing()), "ArtifactPathUnsafe", "../escaped.py would be unpacked outside"),
    ("symbolic link", holding(archives.linked()), "ArtifactHasSymbolicLinks", "weights.json is a symbolic link"),
    ("nested layout", holding(archives.nested()), "ArtifactNested", "All files are in the directory"),
    ("no code", holding(archives.without_code()), "ArtifactFilesMissing", "does not hold code/inference.py"),
    (
        "canary of a single instance",
        changed(DeploymentConfig=CANARY),
        "DeploymentConfigInvalid",
        "set InitialInstanceCount to at least 2",
    ),
    ("unknown framework", changed(Framework="sklearm"), "FrameworkUnknown", "sklearn"),
    ("unknown version", changed(FrameworkVersion="99.9"), "FrameworkVersionUnknown", "FrameworkVersion"),
    ("unknown instance type", changed(InstanceType="ml.m5.larg"), "FieldInvalid", "did you mean ml.m5.large"),
    (
        "two kinds of hosting",
        changed(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 5}),
        "FieldsConflict",
        "InstanceType and ServerlessConfig exclude each other",
    ),
]


@pytest.mark.parametrize(("request_of", "error", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input_is_refused_by_name_and_makes_nothing(
    account: Account, request_of: Callable[[Account, str], Request], error: str, words: str
) -> None:
    name = endpoint_name("refused")
    ended = account.run(request_of(account, name))
    assert (ended.status, ended.error) == ("FAILED", error)
    assert words in ended.cause["Message"]
    assert ended.cause["Message"].count(". ") == 0, "one sentence"
    assert ended.cause["Hint"]
    assert account.made_for(name) == NOTHING


def test_a_quota_that_is_too_small_is_refused_before_anything_is_made(account: Account) -> None:
    name = endpoint_name("no-quota")
    limit_instances(account, **{"ml.m5.24xlarge": 0})
    ended = account.run(good(account, name) | {"InstanceType": "ml.m5.24xlarge"})
    limit_instances(account)
    assert (ended.error, ended.cause["Resources"]["Removed"]) == ("QuotaExceeded", [])
    assert '"ml.m5.24xlarge for endpoint usage" is 0, but 1 is wanted' in ended.cause["Message"]
    assert account.made_for(name) == NOTHING


def test_an_endpoint_that_cannot_start_is_explained_and_removed(account: Account) -> None:
    name = endpoint_name("crashing")
    ended = account.run(good(account, name, archives.crashing()))
    assert ended.error == "ModelCodeFailed"
    assert any("the model is upside down" in line for line in ended.cause["LogTail"])
    assert len(ended.cause["Resources"]["Removed"]) == 2
    assert account.made_for(name) == NOTHING
    kept = account.s3.list_objects_v2(Bucket=account.description.model_bucket, Prefix=f"deployed/{name}")
    assert kept["KeyCount"] == 0


def test_a_failed_update_leaves_the_endpoint_on_its_good_version(account: Account) -> None:
    name = endpoint_name("survives")
    first = account.run(good(account, name, archives.answering(3)))
    made = account.made_for(name)
    ended = account.run(good(account, name, archives.crashing()))
    assert ended.status == "FAILED"
    assert account.invoke(name, [1])["factor"] == 3
    endpoint = account.sagemaker.describe_endpoint(EndpointName=name)
    assert endpoint["EndpointConfigName"] == first.output["EndpointConfigName"]
    assert account.made_for(name) == made


def test_a_failed_execution_is_announced(account: Account) -> None:
    history = account.stepfunctions.get_execution_history(
        executionArn=account.run({"EndpointName": "x", "Nonsense": 1}).arn
    )
    states = [
        event["stateEnteredEventDetails"]["name"] for event in history["events"] if "stateEnteredEventDetails" in event
    ]
    assert states[-3:] == ["IsAnythingMade", "AnnounceFailed", "Failed"]
