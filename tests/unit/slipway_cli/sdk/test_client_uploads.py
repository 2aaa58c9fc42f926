"""Uploading a local archive, to where it starts nothing by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tests.conventions.project import resources
from tests.integration.archives import answering, text_file, traversing

from slipway.errors import ArtifactPathUnsafe, ArtifactRefused
from slipway.planning.uploads import ARCHIVE_KEY
from slipway_cli.sdk.errors import CallRefused
from slipway_cli.sdk.multipart import MultipartUpload
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.uploads import check_archive, is_uploaded, upload


@pytest.fixture
def target() -> Iterator[Target]:
    """Return an account with a model bucket."""
    with mock_aws():
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")
        session.client("s3", region_name="us-east-1").create_bucket(Bucket="models-bucket")
        yield Target(session, "us-east-1", known_outputs={"ModelBucketName": "models-bucket"})


class Overridden:
    """A client, some calls of which are the test's."""

    def __init__(self, client: Any, **calls: Any) -> None:
        self._client = client
        vars(self).update(calls)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a good archive."""
    path = tmp_path / "model.tar.gz"
    path.write_bytes(answering(2))
    return path


def test_an_archive_is_uploaded_once_and_keeps_its_key(target: Target, file: Path) -> None:
    archive = check_archive(file)
    assert not is_uploaded(target, archive)
    sent: list[int] = []

    upload(target, archive, sent.append)

    assert is_uploaded(target, check_archive(file))
    assert sum(sent) == archive.size == file.stat().st_size
    assert target.client("s3").get_object(Bucket="models-bucket", Key=archive.key)["Body"].read() == file.read_bytes()


def test_an_upload_that_was_interrupted_is_continued(target: Target, tmp_path: Path) -> None:
    s3, file, part = target.client("s3"), tmp_path / "large", 5 * 1024**2  # bytes; S3's minimum
    file.write_bytes(bytes(range(256)) * (part // 256) + b"the last part")
    sent: list[int] = []

    def lost(**request: Any) -> dict[str, Any]:
        if request["PartNumber"] == 2:
            raise KeyboardInterrupt
        return dict(s3.upload_part(**request))

    with pytest.raises(KeyboardInterrupt):
        MultipartUpload(Overridden(s3, upload_part=lost), "models-bucket", "k").send(file, sent.append, part)
    assert sent == [part]

    def last_alone(**request: Any) -> dict[str, Any]:
        assert request["PartNumber"] == 2, "the first part is there"
        return dict(s3.upload_part(**request))

    MultipartUpload(Overridden(s3, upload_part=last_alone), "models-bucket", "k").send(file, sent.append, part)
    assert sent == [part, part, 13]
    assert s3.get_object(Bucket="models-bucket", Key="k")["Body"].read() == file.read_bytes()
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="models-bucket")


def test_another_content_has_another_key(file: Path) -> None:
    first = check_archive(file).key
    file.write_bytes(answering(3))

    assert check_archive(file).key != first
    assert re.fullmatch(r"uploads/[0-9a-f]{16}/model\.tar\.gz", first)


def test_the_upload_alone_starts_no_deployment(file: Path) -> None:
    key = check_archive(file).key
    [rule] = [
        rule["Properties"]["EventPattern"]["detail"]["object"]["key"]
        for rule in resources("AWS::Events::Rule").values()
        if rule["Properties"].get("EventPattern", {}).get("source") == ["aws.s3"]
        and rule["Properties"]["Targets"][0]["Id"] == "DeployEndpoint"
    ]

    assert rule == [{"wildcard": "models/*/*.tar.gz"}]
    assert not key.startswith("models/")
    assert not ARCHIVE_KEY.fullmatch(key)


@pytest.mark.parametrize(("content", "kind"), [(text_file(), ArtifactRefused), (traversing(), ArtifactPathUnsafe)])
def test_what_the_workflow_would_refuse_is_refused_before_the_upload(
    file: Path, content: bytes, kind: type[Exception]
) -> None:
    file.write_bytes(content)

    with pytest.raises(kind):
        check_archive(file)


def test_an_upload_that_is_refused_is_said_in_a_line(target: Target, file: Path) -> None:
    elsewhere = Target(target.session, "us-east-1", known_outputs={"ModelBucketName": "no-such-bucket"})

    with pytest.raises(CallRefused, match="AWS refused PutObject: NoSuchBucket"):
        upload(elsewhere, check_archive(file), lambda _: None)
