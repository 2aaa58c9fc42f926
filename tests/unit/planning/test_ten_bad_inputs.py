"""Ten bad inputs, each ending in one sentence that says what to write instead, before anything is created."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from slipway.aws.s3 import Boto3Archives
from slipway.errors import (
    ArtifactNotFound,
    ArtifactNotGzip,
    ArtifactPathUnsafe,
    BucketNotFound,
    FieldInvalid,
    FieldMissing,
    FieldsConflict,
    FieldUnknown,
    Refused,
)
from slipway.images.errors import FrameworkUnknown
from slipway.images.plan_image import resolve_image_of
from slipway.planning.plan_deployment import plan_deployment
from slipway.preflight.inspect_artifact import inspect_artifact
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.archives import tar_gz
from tests.fakes.services import SETTINGS
from tests.fakes.sources import EverySource
from tests.fakes.storage import FakeStorage
from tests.unit.events import execution_input
from tests.unit.execution import execution, plan_of

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def deploy(**changes: Any) -> Any:
    """Plan the good input with changes; a field changed to None is left out."""
    fields = execution_input("scikit_learn") | changes
    document = {name: value for name, value in fields.items() if value is not None}
    return plan_deployment(document, execution(), FakeStorage(), EverySource(), SETTINGS)


@pytest.fixture
def s3() -> Iterator[Stubber]:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    with Stubber(client) as stubber:
        yield stubber
    client.close()


def inspect(s3: Stubber, content: bytes | None = None) -> Any:
    """Inspect the archive of a plan; without content the object does not exist."""
    s3.add_response("head_bucket", {"BucketRegion": "us-east-1"})
    if content is None:
        s3.add_client_error("get_object", "NoSuchKey", "The specified key does not exist.", 404)
    else:
        body = StreamingBody(io.BytesIO(content), len(content))
        s3.add_response(
            "get_object", {"ContentLength": len(content), "ETag": '"etag"', "LastModified": NOON, "Body": body}
        )
    return inspect_bucket(s3)


def inspect_bucket(s3: Stubber) -> Any:
    archives, roles = Boto3Archives(s3.client, "us-east-1"), FakeExecutionRoles(SETTINGS.execution_role_arn)
    return inspect_artifact(plan_of(), archives, roles, FakeInstanceQuotas(), SETTINGS)


def sentence_of(caught: pytest.ExceptionInfo[Refused], error: type[Refused]) -> str:
    assert type(caught.value) is error
    return str(caught.value)


def test_1_a_missing_endpoint_name_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        deploy(EndpointName=None)

    assert sentence_of(caught, FieldMissing) == 'EndpointName is missing: add it, for example "my-endpoint".'


def test_2_an_illegal_endpoint_name_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        deploy(EndpointName="my_endpoint")

    assert sentence_of(caught, FieldInvalid) == (
        'EndpointName is "my_endpoint", but must be letters and digits, with hyphens only between them, '
        'at most 63 characters; write for example "my-endpoint".'
    )


def test_3_an_unknown_field_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Refused) as caught:
        deploy(InstancType="ml.m5.large")

    assert sentence_of(caught, FieldUnknown).startswith(
        "InstancType is not a field of a deployment: did you mean InstanceType"
    )
    assert str(caught.value).endswith("?")


def test_4_a_missing_archive_is_refused(s3: Stubber) -> None:
    with pytest.raises(Refused) as caught:
        inspect(s3)

    assert sentence_of(caught, ArtifactNotFound) == (
        "ModelDataUrl is s3://models/digits/model.tar.gz, but there is no such object: "
        "upload it with aws s3 cp model.tar.gz s3://models/digits/model.tar.gz"
    )


def test_5_an_archive_in_a_bucket_that_does_not_exist_is_refused(s3: Stubber) -> None:
    s3.add_client_error("head_bucket", "404", "Not Found", 404)

    with pytest.raises(Refused) as caught:
        inspect_bucket(s3)

    assert sentence_of(caught, BucketNotFound) == (
        "ModelDataUrl names the bucket models, which does not exist: correct the name, or create the bucket."
    )


def test_6_a_text_file_named_as_an_archive_is_refused(s3: Stubber) -> None:
    with pytest.raises(Refused) as caught:
        inspect(s3, b"this is no archive\n")

    assert sentence_of(caught, ArtifactNotGzip) == (
        "The archive is not gzip-compressed (it begins with b'this'): "
        "make it with tar -czf model.tar.gz -C <model directory> ."
    )


def test_7_a_member_that_would_leave_the_model_directory_is_refused(s3: Stubber) -> None:
    with pytest.raises(Refused) as caught:
        inspect(s3, tar_gz({"model.joblib": b"", "../etc/cron.d/evil": b"* * * * *"}))

    assert sentence_of(caught, ArtifactPathUnsafe) == (
        "The archive's member ../etc/cron.d/evil would be unpacked outside the model directory: "
        "pack paths that stay inside it, with tar -C <model directory> ."
    )


def test_8_an_unknown_framework_is_refused() -> None:
    plan = deploy(Framework="sklern")

    with pytest.raises(Refused) as caught:
        resolve_image_of(plan, SETTINGS)

    assert sentence_of(caught, FrameworkUnknown).startswith(
        "Framework 'sklern' has no inference image of AWS: did you mean sklearn"
    )
    assert str(caught.value).endswith("?")


def test_9_an_unknown_instance_type_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        deploy(InstanceType="ml.m5.huge")

    assert sentence_of(caught, FieldInvalid) == (
        'InstanceType is "ml.m5.huge", which SageMaker does not know: '
        "did you mean ml.m5.large or ml.m5d.large or ml.m5.xlarge?"
    )


def test_10_both_an_instance_type_and_serverless_hosting_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        deploy(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 5})

    assert sentence_of(caught, FieldsConflict) == (
        "InstanceType and ServerlessConfig exclude each other: each says where the model is hosted; keep one of them."
    )
