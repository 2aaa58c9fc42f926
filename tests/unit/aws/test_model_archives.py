"""Each model's own copy of its archive, in S3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from slipway.aws.model_archives import Boto3ModelArchives
from slipway.deployment.plan import Artifact
from slipway.errors import ArtifactAccessDenied, ArtifactNotFound, ArtifactReplaced, ServiceThrottled
from tests.unit.execution import artifact

KEY = "deployed/digits-0f1e2d3c4b5a/model.tar.gz"
SIX_MIB = b"model " * 1024**2  # two parts of a copy in parts


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        for bucket in ("mine", "stacks"):
            client.create_bucket(Bucket=bucket)
        yield client


def uploaded(s3: Any, content: bytes) -> Artifact:
    etag = s3.put_object(Bucket="mine", Key="model.tar.gz", Body=content)["ETag"].strip('"')
    return Artifact(**{**artifact(etag), "Bucket": "mine", "Key": "model.tar.gz", "Size": len(content)})


def content_of(s3: Any, key: str = KEY) -> bytes:
    body: bytes = s3.get_object(Bucket="stacks", Key=key)["Body"].read()
    return body


@pytest.mark.parametrize("max_single_copy", [1024**3, 1024], ids=["at once", "in parts"])
def test_a_copy_is_made_and_its_etag_returned(s3: Any, max_single_copy: int) -> None:
    inspected = uploaded(s3, SIX_MIB)
    s3.put_object_tagging(
        Bucket="mine",
        Key="model.tar.gz",
        Tagging={"TagSet": [{"Key": "GuardDutyMalwareScanStatus", "Value": "NO_THREATS"}]},
    )

    etag = Boto3ModelArchives(s3, "stacks", max_single_copy).store(inspected, KEY)

    # Copying tags would need permissions that the role does not have.
    assert s3.get_object_tagging(Bucket="stacks", Key=KEY)["TagSet"] == []
    assert content_of(s3) == SIX_MIB
    assert s3.head_object(Bucket="stacks", Key=KEY)["ETag"].strip('"') == etag


def test_what_is_kept_already_stays_whatever_became_of_the_archive(s3: Any) -> None:
    archives, first = Boto3ModelArchives(s3, "stacks"), uploaded(s3, b"one")
    etag = archives.store(first, KEY)
    uploaded(s3, b"two")

    assert archives.store(first, KEY) == etag
    assert content_of(s3) == b"one"


def test_the_copy_is_made_on_the_condition_that_the_archive_is_still_the_inspected_one(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspected, asked = uploaded(s3, b"one"), {}

    def precondition_failed(**request: Any) -> None:  # moto copies whatever the condition says; S3 answers this
        asked.update(request)
        raise ClientError({"Error": {"Code": "PreconditionFailed", "Message": "no"}}, "CopyObject")

    monkeypatch.setattr(s3, "copy_object", precondition_failed)

    with pytest.raises(ArtifactReplaced) as caught:
        Boto3ModelArchives(s3, "stacks").store(inspected, KEY)
    assert str(caught.value) == "s3://mine/model.tar.gz was overwritten while it was being deployed: deploy again."
    assert asked["CopySourceIfMatch"] == f'"{inspected["ETag"]}"'


def test_an_archive_that_was_deleted_meanwhile_is_missed_by_name(s3: Any) -> None:
    inspected = uploaded(s3, b"one")
    s3.delete_object(Bucket="mine", Key="model.tar.gz")

    with pytest.raises(ArtifactNotFound, match="was deleted while it was being deployed"):
        Boto3ModelArchives(s3, "stacks").store(inspected, KEY)


def test_a_copy_is_forgotten_as_often_as_you_like(s3: Any) -> None:
    archives = Boto3ModelArchives(s3, "stacks")
    archives.store(uploaded(s3, b"one"), KEY)

    archives.delete(KEY)
    archives.delete(KEY)

    assert "Contents" not in s3.list_objects_v2(Bucket="stacks")


@pytest.mark.parametrize(("code", "error"), [("AccessDenied", ArtifactAccessDenied), ("SlowDown", ServiceThrottled)])
def test_what_s3_refuses_has_a_name(
    s3: Any, code: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "CopyObject")

    monkeypatch.setattr(s3, "copy_object", refuse)

    with pytest.raises(error):
        Boto3ModelArchives(s3, "stacks").store(uploaded(s3, b"one"), KEY)
