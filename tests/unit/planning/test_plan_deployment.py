"""PlanDeployment: one plan, however the execution was started."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.deployment.plan import Plan
from slipway.errors import FieldMissing, FieldsConflict, InputNotAnObject, InputRefused
from slipway.planning.plan_deployment import plan_deployment
from tests.fakes.services import SETTINGS
from tests.fakes.sources import FakeSources
from tests.fakes.storage import FakeStorage
from tests.unit.events import EVENTS, execution_input, read
from tests.unit.execution import execution, plan_of

UPLOAD = read(EVENTS / "s3" / "object_created.json")
BUCKET = UPLOAD["detail"]["bucket"]["name"]
SIDE_FILE = "models/digits/deployment.json"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BARE = replace(SETTINGS, default_framework="", default_instance_type="")


def upload_plan(side_file: Any = None) -> Plan:
    storage = FakeStorage()
    if side_file is not None:
        storage.put(BUCKET, SIDE_FILE, side_file if isinstance(side_file, bytes) else json.dumps(side_file).encode())
    return plan_deployment(UPLOAD, execution(), storage.side_file, FakeSources(), SETTINGS)


def upload_refusal(side_file: Any) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        upload_plan(side_file)
    return caught.value


def test_the_seeds_example_becomes_a_plan() -> None:
    document = execution_input("seed_object_detection")

    plan: object = plan_deployment(document, execution(), FakeStorage().side_file, FakeSources(), SETTINGS)

    assert plan == {
        "EndpointName": "ep-inference-client-application",
        "Trigger": "Execution",
        "Deadline": "2026-11-01T13:00:00+00:00",
        "Tags": [],
        "Image": {"Framework": "object-detection", "FrameworkVersion": "latest"},
        "Artifact": {"Bucket": "amzn-models", "Key": "aws-vehicle-rear-detect-2020-05-09-model.tar.gz"},
        "Model": {},
        "Variant": {"InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1},
        "EndpointConfig": {},
    }


def test_an_upload_alone_is_planned_with_the_stacks_defaults() -> None:
    detail = UPLOAD["detail"]["object"]

    plan = upload_plan()

    assert (plan["EndpointName"], plan["Trigger"]) == ("digits", "Upload")
    assert plan["Image"] == {"Framework": "sklearn", "FrameworkVersion": "1.2-1"}
    assert plan["Variant"] == {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    assert plan["Artifact"] == {
        "Bucket": BUCKET,
        "Key": "models/digits/model.tar.gz",
        "VersionId": detail["version-id"],
        "ETag": detail["etag"],
        "Sequencer": detail["sequencer"],
    }


def test_a_side_file_sets_the_fields_of_an_upload() -> None:
    plan = upload_plan({"Framework": "xgboost", "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}})

    assert plan["Image"] == {"Framework": "xgboost"}
    assert plan["Variant"] == {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}


def test_a_side_file_may_repeat_what_the_upload_says() -> None:
    plan = upload_plan({"EndpointName": "digits", "ModelDataUrl": f"s3://{BUCKET}/models/digits/model.tar.gz"})

    assert plan["EndpointName"] == "digits"


@pytest.mark.parametrize(
    ("side_file", "error", "sentence"),
    [
        (
            {"EndpointName": "letters"},
            FieldsConflict,
            f'EndpointName in {SIDE_FILE} is "letters", but the upload says digits; '
            "remove EndpointName from the side file.",
        ),
        (
            b"not json",
            InputNotAnObject,
            f"{SIDE_FILE} is not JSON: Expecting value: line 1 column 1 (char 0); fix it and upload again.",
        ),
        ([1], InputNotAnObject, f"{SIDE_FILE} is not a JSON object; write for example {{}}."),
    ],
    ids=["another endpoint", "not JSON", "a list"],
)
def test_an_invalid_side_file_is_refused_in_one_sentence(
    side_file: Any, error: type[InputRefused], sentence: str
) -> None:
    refused = upload_refusal(side_file)

    assert (type(refused), str(refused)) == (error, sentence)


def test_a_side_file_cannot_redeploy() -> None:
    assert isinstance(upload_refusal({"EndpointConfigName": "digits-0f1e2d3c4b5a"}), FieldsConflict)


def test_a_redeployment_needs_nothing_but_the_configuration() -> None:
    plan = plan_deployment(execution_input("redeploy"), execution(), FakeStorage().side_file, FakeSources(), SETTINGS)

    assert plan["EndpointConfigName"] == "digits-0f1e2d3c4b5a"
    assert not plan.keys() & {"Image", "Artifact", "Model", "Variant", "EndpointConfig"}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"InstanceType": "ml.m5.large"}, "Framework is missing: add it, for example sklearn, or ImageUri."),
        ({"Framework": "sklearn"}, "InstanceType is missing: add it, for example ml.m5.large, or ServerlessConfig."),
    ],
)
def test_without_defaults_the_input_needs_every_field(fields: dict[str, str], sentence: str) -> None:
    document = {"EndpointName": "digits", "ModelDataUrl": "s3://models/model.tar.gz"} | fields

    with pytest.raises(FieldMissing) as caught:
        plan_deployment(document, execution(), FakeStorage().side_file, FakeSources(), BARE)

    assert str(caught.value) == sentence


def test_the_default_version_belongs_to_the_default_framework() -> None:
    assert plan_of(Framework="xgboost")["Image"] == {"Framework": "xgboost"}
    assert plan_of(FrameworkVersion="1.0-1")["Image"] == {"Framework": "sklearn", "FrameworkVersion": "1.0-1"}


def test_fields_are_planned_for_the_request_that_takes_them() -> None:
    plan = plan_deployment(
        execution_input("every_field"), execution(), FakeStorage().side_file, FakeSources(), SETTINGS
    )

    assert plan["Model"].keys() == {"ExecutionRoleArn", "Environment", "VpcConfig", "EnableNetworkIsolation"}
    assert plan["EndpointConfig"].keys() == {"AsyncInferenceConfig", "KmsKeyId", "MetricsConfig"}
    assert plan["Variant"]["VolumeSizeInGB"] == 64
    assert plan["Deadline"] == "2026-11-01T14:00:00+00:00"
    assert [tag["Key"] for tag in plan["Tags"]] == ["team", "cost-centre"]


@pytest.mark.parametrize("start", ["2026-11-01T12:00:00Z", "2026-11-01T12:00:00.000Z", "2026-11-01T13:00:00+01:00"])
def test_the_deadline_is_an_instant_however_the_start_is_written(start: str) -> None:
    deadline = datetime.fromisoformat(plan_of(execution(start=start), DeadlineMinutes=5)["Deadline"])

    assert deadline == datetime(2026, 11, 1, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hosting", "key"),
    [
        ({"InstanceType": "ml.m5.large"}, KEY),
        ({"InstanceType": "ml.m5.large", "KmsKeyId": "alias/own"}, "alias/own"),
        ({"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}, None),
    ],
    ids=["the owner's", "its own", "serverless"],
)
def test_storage_is_encrypted_by_the_owners_key_unless_the_deployment_names_one(
    hosting: dict[str, Any], key: str | None
) -> None:
    document = {"EndpointName": "digits", "ModelDataUrl": "s3://models/a.tar.gz", "Framework": "sklearn", **hosting}

    plan = plan_deployment(
        document, execution(), FakeStorage().side_file, FakeSources(), replace(SETTINGS, kms_key_arn=KEY)
    )

    assert plan["EndpointConfig"].get("KmsKeyId") == key


def test_a_sample_names_the_bucket_and_the_key_of_its_payload() -> None:
    sample = {"PayloadUrl": "s3://bucket/a sample/é.csv", "ContentType": "text/csv"}
    expect = {"Expect": {"Json": [0.5], "Tolerance": 1e-06}, "MaxLatencyMs": {"P95": 100}}
    where = {"Bucket": "bucket", "Key": "a sample/é.csv", "ContentType": "text/csv"}

    one = plan_of(SmokeTest={**sample, "Accept": "*/*"})["SmokeTest"]
    assert one == {"Stage": "BeforeTraffic", "Samples": [{"Name": "é.csv", **where, "Accept": "*/*"}]}
    several = plan_of(SmokeTest={"Stage": "AfterTraffic", "Samples": [sample, {**sample, **expect, "Name": "b"}]})[
        "SmokeTest"
    ]
    assert several == {
        "Stage": "AfterTraffic",
        "Samples": [{"Name": "é.csv", **where}, {"Name": "b", **where, **expect}],
    }
    assert "SmokeTest" not in plan_of()
