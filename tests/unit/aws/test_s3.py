"""Archives and side files over boto3, as S3 answers when something is wrong."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from slipway.aws.s3 import MAX_SIDE_FILE, Boto3Archives, read_side_file
from slipway.errors import (
    AccessDenied,
    ArtifactAccessDenied,
    ArtifactNotFound,
    BucketInAnotherRegion,
    BucketNotFound,
    FieldInvalid,
    NotFound,
    ServiceThrottled,
    ServiceUnavailable,
)

HERE = {"BucketRegion": "us-east-1"}
NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def s3() -> Iterator[Stubber]:
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    client.close()


def archives(s3: Stubber) -> Boto3Archives:
    return Boto3Archives(s3.client, "us-east-1")


def answer(content: bytes = b"archive", **fields: Any) -> dict[str, Any]:
    body = StreamingBody(io.BytesIO(content), len(content))
    return {"ContentLength": len(content), "ETag": '"etag"', "LastModified": NOON, "Body": body} | fields


def test_an_object_is_opened_with_what_s3_says_of_it(s3: Stubber) -> None:
    s3.add_response("head_bucket", HERE, {"Bucket": "models"})
    s3.add_response("get_object", answer(VersionId="v1"), {"Bucket": "models", "Key": "model.tar.gz"})

    stored = archives(s3).open("models", "model.tar.gz")

    assert (stored.size, stored.etag, stored.version_id) == (7, "etag", "v1")
    assert stored.uploaded_at == "2026-11-01T12:00:00+00:00"
    assert stored.body.read(100) == b"archive"


@pytest.mark.parametrize("version", [{}, {"VersionId": "null"}], ids=["never", "suspended"])
def test_an_object_without_a_version_has_none(s3: Stubber, version: dict[str, Any]) -> None:
    s3.add_response("head_bucket", HERE)
    s3.add_response("get_object", answer(**version))

    assert archives(s3).open("models", "model.tar.gz").version_id is None


def test_a_bucket_in_another_region_is_refused_in_one_sentence(s3: Stubber) -> None:
    s3.add_response("head_bucket", {"BucketRegion": "eu-west-1"})

    with pytest.raises(BucketInAnotherRegion) as caught:
        archives(s3).open("models", "model.tar.gz")

    assert str(caught.value) == (
        "The bucket models is in eu-west-1, but SageMaker wants the archive in us-east-1: "
        "copy it with aws s3 cp to a bucket there, for example the stack's model bucket."
    )


@pytest.mark.parametrize("status", [301, 403])
def test_the_region_is_read_from_an_error_too(s3: Stubber, status: int) -> None:
    headers = {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}}
    s3.add_client_error("head_bucket", str(status), "", status, response_meta=headers)

    with pytest.raises(BucketInAnotherRegion):
        archives(s3).open("models", "model.tar.gz")


def test_a_bucket_that_does_not_exist_is_refused(s3: Stubber) -> None:
    s3.add_client_error("head_bucket", "404", "Not Found", 404)

    with pytest.raises(BucketNotFound, match="the bucket models, which does not exist: correct the name, or create"):
        archives(s3).open("models", "model.tar.gz")


@pytest.mark.parametrize("code", ["NoSuchKey", "404"])
def test_an_object_that_does_not_exist_is_refused(s3: Stubber, code: str) -> None:
    s3.add_response("head_bucket", HERE)
    s3.add_client_error("get_object", code, "The specified key does not exist.", 404)

    with pytest.raises(ArtifactNotFound, match=r"there is no such object: upload it with aws s3 cp model.tar.gz s3://"):
        archives(s3).open("models", "model.tar.gz")


def test_an_object_that_may_not_be_read_is_refused_in_one_sentence(s3: Stubber) -> None:
    s3.add_client_error("head_bucket", "403", "Forbidden", 403)
    s3.add_client_error("get_object", "AccessDenied", "Access Denied", 403)

    with pytest.raises(ArtifactAccessDenied) as caught:
        archives(s3).open("models", "model.tar.gz")

    assert str(caught.value) == (
        "The stack may not read s3://models/model.tar.gz (Access Denied): "
        "allow s3:GetObject on it, and s3:ListBucket on the bucket."
    )


def test_a_denied_key_is_the_permission_that_is_asked_for(s3: Stubber) -> None:
    message = "User: a is not authorized to perform: kms:Decrypt on this resource"
    s3.add_response("head_bucket", HERE)
    s3.add_client_error("get_object", "AccessDenied", message, 403)

    with pytest.raises(ArtifactAccessDenied, match="allow kms:Decrypt with the bucket's KMS key"):
        archives(s3).open("models", "model.tar.gz")


@pytest.mark.parametrize(
    ("code", "status", "kind"), [("503", 503, ServiceUnavailable), ("SlowDown", 503, ServiceThrottled)]
)
@pytest.mark.parametrize("operation", ["head_bucket", "get_object"])
def test_a_fault_of_s3_may_pass(s3: Stubber, operation: str, code: str, status: int, kind: type[Exception]) -> None:
    if operation == "get_object":
        s3.add_response("head_bucket", HERE)
    s3.add_client_error(operation, code, "", status)

    with pytest.raises(kind):
        archives(s3).open("models", "model.tar.gz")


class BrokenBody:
    """A body whose connection breaks."""

    def read(self, size: int) -> bytes:
        raise ReadTimeoutError(endpoint_url="https://models.s3.amazonaws.com")

    def close(self) -> None:
        """There is nothing to close."""


def test_a_connection_that_breaks_in_the_download_may_be_tried_again(s3: Stubber) -> None:
    s3.add_response("head_bucket", HERE)
    s3.add_response("get_object", answer(Body=BrokenBody()))
    body = archives(s3).open("models", "model.tar.gz").body

    with pytest.raises(ServiceUnavailable):
        body.read(10)


def test_a_body_that_ends_early_may_be_tried_again(s3: Stubber) -> None:
    s3.add_response("head_bucket", HERE)
    s3.add_response("get_object", answer(Body=StreamingBody(io.BytesIO(b"arch"), 7)))
    body = archives(s3).open("models", "model.tar.gz").body

    with pytest.raises(ServiceUnavailable):
        _ = body.read(10), body.read(10)


def test_a_side_file_is_read(s3: Stubber) -> None:
    s3.add_response("get_object", answer(b"{}"))

    assert read_side_file(s3.client, "models", "models/digits/deployment.json") == b"{}"


@pytest.mark.parametrize(
    ("code", "status", "kind"), [("NoSuchKey", 404, NotFound), ("AccessDenied", 403, AccessDenied)]
)
def test_a_missing_side_file_and_a_denied_one_differ(
    s3: Stubber, code: str, status: int, kind: type[Exception]
) -> None:
    s3.add_client_error("get_object", code, "", status)

    with pytest.raises(kind):
        read_side_file(s3.client, "models", "models/digits/deployment.json")


def test_a_side_file_that_is_too_large_is_not_read(s3: Stubber) -> None:
    s3.add_response("get_object", answer(ContentLength=MAX_SIDE_FILE + 1, Body=BrokenBody()))

    with pytest.raises(FieldInvalid) as caught:
        read_side_file(s3.client, "models", "models/digits/deployment.json")

    assert str(caught.value) == "models/digits/deployment.json has 262145 bytes, but must have at most 262144."
