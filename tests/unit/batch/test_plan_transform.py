"""The plan of a transform job: the model as a deployment's, the job as SageMaker's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.sources import FakeSources

from slipway.batch.plan_transform import plan_transform
from slipway.deployment.limits import Limits
from slipway.deployment.plan import Execution, Plan
from slipway.deployment.settings import Settings
from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict, NotFound

EXAMPLES = sorted((Path(__file__).parents[3] / "events" / "transforms").glob("*.json"))
EXECUTION = Execution(Id="arn:execution", Name="execution", StartTime="2026-11-01T12:00:00Z")
SETTINGS = Settings(stack_name="slipway", region="us-east-1")


def no_side_file(bucket: str, key: str) -> bytes:
    raise NotFound(f"s3://{bucket}/{key}")


def example(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(EXAMPLES[0].read_text(encoding="utf-8"))
    return {**document, **changes}


def planned(**changes: Any) -> Plan:
    return plan_transform(example(**changes), EXECUTION, no_side_file, FakeSources(), SETTINGS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_can_be_planned(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert plan_transform(document, EXECUTION, no_side_file, FakeSources(), SETTINGS)["Transform"]["TransformInput"]


def test_the_model_is_planned_under_the_name_of_its_archive() -> None:
    plan = planned(ModelDataUrl="s3://my-bucket/models/My_model v1.tar.gz")
    assert plan["EndpointName"] == "My-model-v1"
    assert plan["Variant"]["InstanceType"] == "ml.m5.large"
    assert plan["Deadline"] == "2026-11-01T20:00:00+00:00"
    assert "TransformJobName" not in plan


def test_the_jobs_name_comes_first_and_long_names_are_cut() -> None:
    plan = planned(TransformJobName="a" * 63)
    assert (plan["TransformJobName"], plan["EndpointName"]) == ("a" * 63, "a" * 40)


def test_what_is_not_of_the_job_is_not_in_its_request() -> None:
    assert set(planned(DeadlineMinutes=5, Tags=[{"Key": "a", "Value": "b"}])["Transform"]) <= {
        "TransformInput", "TransformOutput", "TransformResources", "BatchStrategy", "MaxConcurrentTransforms",
        "DataProcessing", "MaxPayloadInMB", "ModelClientConfig",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"Environment": {f"A{n}": "1" for n in range(17)}}, FieldInvalid, "at most 16 entries"),
        ({"TransformOutput": {"S3OutputPath": "https://bucket/key"}}, FieldInvalid, "must be an s3:// URI"),
        ({"Framework": "sklearn", "ImageUri": "a/b:1"}, FieldsConflict, "exclude each other"),
        ({"ModelDataUrl": "s3://my-bucket/models/sums/"}, FieldInvalid, "takes one .tar.gz"),
        ({"MaxPayloadInMB": 101}, FieldInvalid, "at most 100"),
        ({"MaxPayloadInMB": 50, "MaxConcurrentTransforms": 3}, FieldsConflict, "at most 100"),
        ({"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 101}}, FieldInvalid, "at most 100"),
        ({"ModelDataUrl": None}, FieldInvalid, "ModelDataUrl is null"),
        ({"DataProcessing": {"InputFilter": "$[1:]"}, "TransformOutput": {"S3OutputPath": "s3://b/c"}}, FieldsConflict,
         "ContentType and TransformOutput.Accept"),
        ({"TransformOutput": {"S3OutputPath": "s3://b/c", "Accept": "text/csv"}}, FieldsConflict, "set both to Line"),
    ],
)  # fmt: skip
def test_what_aws_documents_is_checked(changes: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        planned(**changes)


def test_a_source_is_required() -> None:
    document = example()
    del document["ModelDataUrl"]
    with pytest.raises(FieldMissing, match="ModelDataUrl is missing"):
        plan_transform(document, EXECUTION, no_side_file, FakeSources(), SETTINGS)


def test_the_stacks_role_reads_and_writes_the_stacks_buckets_only() -> None:
    limits = Limits(
        execution_roles=["arn:aws:iam::111122223333:role/own"], model_buckets=["slipway-modelbucket-1a2b3c4d5e6f"]
    )
    settings = Settings(stack_name="slipway", region="us-east-1", limits=limits)
    plan_transform(example(), EXECUTION, no_side_file, FakeSources(), settings)
    other = example()
    other["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] = "s3://other/data/"
    with pytest.raises(Exception, match="does not read"):
        plan_transform(other, EXECUTION, no_side_file, FakeSources(), settings)


def test_a_licence_that_sagemaker_would_not_see_is_refused() -> None:
    document = example()
    source = {"S3Uri": document.pop("ModelDataUrl"), "S3DataType": "S3Object", "CompressionType": "Gzip"}
    document["ModelDataSource"] = {"S3DataSource": {**source, "ModelAccessConfig": {"AcceptEula": True}}}

    with pytest.raises(FieldInvalid, match="ModelAccessConfig is not for a transform job"):
        plan_transform(document, EXECUTION, no_side_file, FakeSources(), SETTINGS)
