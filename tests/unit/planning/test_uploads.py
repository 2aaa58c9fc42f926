"""Uploads to the model bucket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from slipway.errors import FieldInvalid, UploadEventInvalid
from slipway.planning.uploads import Upload, is_upload_event, upload_of
from tests.unit.events import UPLOADS, read

INVALID = (
    'The event of source aws.s3 names no object: start executions with an EventBridge "Object Created" event, '
    "as events/s3/object_created.json shows, or with a deployment input."
)


def event(**detail: Any) -> dict[str, Any]:
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def upload(key: str) -> Upload:
    return Upload("models", key, None, None, None)


@pytest.mark.parametrize("path", UPLOADS, ids=lambda path: path.stem)
def test_an_event_of_the_model_bucket_names_its_upload(path: Path) -> None:
    document = read(path)

    found = upload_of(document)

    detail = document["detail"]
    assert is_upload_event(document)
    assert found.uri == f"s3://{detail['bucket']['name']}/{detail['object']['key']}"
    assert found.version_id == detail["object"]["version-id"]
    assert (found.etag, found.sequencer) == (detail["object"]["etag"], detail["object"]["sequencer"])
    assert found.endpoint_name == found.key.split("/")[1]


def test_there_is_an_event_of_the_model_bucket() -> None:
    assert [path.name for path in UPLOADS] == ["object_created.json"]


def test_version_etag_and_sequencer_are_optional() -> None:
    found = upload_of(event(bucket={"name": "models"}, object={"key": "models/e/m.tar.gz"}))

    assert (found.version_id, found.etag, found.sequencer) == (None, None, None)


@pytest.mark.parametrize(
    ("key", "endpoint_name"),
    [
        ("models/my-endpoint/model.tar.gz", "my-endpoint"),
        ("models/my-endpoint/2026/11/model.tar.gz", "my-endpoint"),
        ("models/my-endpoint/a b.tar.gz", "my-endpoint"),
        ("models/my-endpoint/model.tar.gz.tar.gz", "my-endpoint"),
    ],
)
def test_a_key_names_the_endpoint_and_its_side_file(key: str, endpoint_name: str) -> None:
    assert upload(key).endpoint_name == endpoint_name
    assert upload(key).side_file_keys[-1] == f"models/{endpoint_name}/deployment.json"


def test_a_side_file_in_a_deeper_folder_is_beside_its_archive() -> None:
    assert upload("models/digits/v2/model.tar.gz").side_file_keys == (
        "models/digits/v2/deployment.json",
        "models/digits/deployment.json",
    )


@pytest.mark.parametrize(
    "key",
    [
        "model.tar.gz",
        "models/model.tar.gz",
        "models//model.tar.gz",
        "models/e/.tar.gz",
        "models/e/model.tgz",
        "models/e/model.tar.gz/",
        "other/e/model.tar.gz",
        "a/models/e/model.tar.gz",
        "models/e/model.tar.gz\n",
    ],
)
def test_any_other_key_is_refused(key: str) -> None:
    with pytest.raises(FieldInvalid, match=r"must be models/<EndpointName>/<anything>\.tar\.gz; write for example"):
        _ = upload(key).endpoint_name


@pytest.mark.parametrize("document", [None, [], "aws.s3", {}, {"source": "aws.s3"}, {"detail-type": "Object Created"}])
def test_another_document_is_no_upload_event(document: object) -> None:
    assert not is_upload_event(document)


@pytest.mark.parametrize(
    "detail",
    [{}, {"bucket": {}}, {"bucket": "models", "object": {"key": "k"}}, {"bucket": {"name": "b"}, "object": "k"}],
    ids=str,
)
def test_an_event_that_names_no_object_is_refused(detail: dict[str, Any]) -> None:
    with pytest.raises(UploadEventInvalid) as caught:
        upload_of(event(**detail))

    assert str(caught.value) == INVALID


def test_an_event_of_another_kind_is_refused() -> None:
    with pytest.raises(UploadEventInvalid) as caught:
        upload_of(event() | {"detail-type": "Object Deleted"})

    assert str(caught.value) == 'The event of source aws.s3 is "Object Deleted", but must be "Object Created".'


@pytest.mark.parametrize("item", [{"key": 5}, {"key": "k", "version-id": 5}, {"key": "k", "etag": ["e"]}], ids=str)
def test_an_event_with_values_that_are_no_strings_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(UploadEventInvalid, match="must be strings"):
        upload_of(event(bucket={"name": "models"}, object=item))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sequencer", "my-endpoint"),
        ("sequencer", "\u0661\u0662"),
        ("sequencer", "0" * 129),
        ("etag", '"quoted"'),
        ("version-id", "a b"),
        ("version-id", "\u2010"),
    ],
)
def test_an_event_value_that_s3_does_not_write_is_refused(name: str, value: str) -> None:
    with pytest.raises(UploadEventInvalid, match=f"The event's object.{name} is .*, which S3 does not write"):
        upload_of(event(bucket={"name": "models"}, object={"key": "models/e/model.tar.gz", name: value}))


def test_empty_event_values_are_omitted() -> None:
    item = {"key": "models/e/model.tar.gz", "sequencer": "", "version-id": "null"}

    assert upload_of(event(bucket={"name": "models"}, object=item)).version_id == "null"
