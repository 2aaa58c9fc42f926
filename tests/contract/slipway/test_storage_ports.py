"""S3, as the use cases see it: the fake and the adapters answer alike."""

from __future__ import annotations

from datetime import datetime
from hashlib import md5

import boto3
import pytest

from slipway.errors import ArtifactNotFound, BucketInAnotherRegion, BucketNotFound, FieldInvalid, NotFound
from tests.contract.slipway.worlds import MotoBuckets, StorageWorld

KEY = "models/digits/model.tar.gz"


def test_the_newest_version_is_opened(storage: StorageWorld) -> None:
    storage.make_bucket("models", versioned=True)
    storage.put("models", KEY, b"the first")
    version = storage.put("models", KEY, b"the second")

    stored = storage.archives.open("models", KEY)

    assert stored.body.read(100) == b"the second"
    assert stored.body.read(100) == b""
    assert (stored.size, stored.version_id) == (10, version)
    stored.body.close()


def stored(storage: StorageWorld) -> str:
    """Put an object into a bucket without versions; return its ETag."""
    storage.make_bucket("models")
    storage.put("models", KEY, b"content")
    return md5(b"content").hexdigest()


def test_an_object_has_an_etag_without_quotes_an_instant_and_no_version_without_versioning(
    storage: StorageWorld,
) -> None:
    etag = stored(storage)

    found = storage.archives.open("models", KEY)

    assert found.etag == storage.archives.current_etag("models", KEY) == etag
    assert found.version_id is None
    assert found.uploaded_at.endswith("+00:00")
    assert datetime.fromisoformat(found.uploaded_at).tzinfo is not None


def test_the_end_of_an_object_is_read_while_it_is_the_same(storage: StorageWorld) -> None:
    etag = stored(storage)

    assert storage.archives.tail("models", KEY, etag, 4) == b"tent"


def test_a_missing_bucket_differs_from_a_missing_object(storage: StorageWorld) -> None:
    storage.make_bucket("models")

    with pytest.raises(BucketNotFound):
        storage.archives.open("nowhere", KEY)
    with pytest.raises(ArtifactNotFound):
        storage.archives.open("models", KEY)
    assert storage.archives.current_etag("models", KEY) is None


def test_a_bucket_in_another_region_is_refused(storage: StorageWorld) -> None:
    storage.make_bucket("abroad", region="eu-west-1")
    storage.put("abroad", KEY, b"content")

    with pytest.raises(BucketInAnotherRegion):
        storage.archives.open("abroad", KEY)


def test_a_side_file_is_read_whole(storage: StorageWorld) -> None:
    storage.make_bucket("models")
    storage.put("models", "models/digits/deployment.json", b"{}")

    assert storage.read_side_file("models", "models/digits/deployment.json") == b"{}"


def test_a_missing_side_file_is_not_found(storage: StorageWorld) -> None:
    storage.make_bucket("models")

    with pytest.raises(NotFound):
        storage.read_side_file("models", "models/digits/deployment.json")


@pytest.mark.parametrize(("size", "taken"), [(256 * 1024, True), (256 * 1024 + 1, False)])
def test_a_side_file_has_a_largest_size(storage: StorageWorld, size: int, taken: bool) -> None:
    storage.make_bucket("models")
    storage.put("models", "deployment.json", b" " * size)

    if taken:
        assert len(storage.read_side_file("models", "deployment.json")) == size
    else:
        with pytest.raises(FieldInvalid):
            storage.read_side_file("models", "deployment.json")


RESULT = "models/digits/deployment-result.json"


def test_a_result_is_created_once_and_replaced_while_it_is_the_same(storage: StorageWorld) -> None:
    storage.make_bucket("models")
    files = storage.result_files

    assert files.read(RESULT) is None
    assert files.create(RESULT, {"Outcome": "Created"})
    assert not files.create(RESULT, {"Outcome": "Superseded"})
    found = files.read(RESULT)
    assert found is not None
    assert found.document == {"Outcome": "Created"}
    assert files.replace(RESULT, {"Outcome": "Updated"}, found.etag)
    assert not files.replace(RESULT, {"Outcome": "Superseded"}, found.etag)
    again = files.read(RESULT)
    assert again is not None
    assert again.document == {"Outcome": "Updated"}


def test_a_result_that_is_gone_is_not_replaced(storage: StorageWorld) -> None:
    storage.make_bucket("models")

    assert not storage.result_files.replace(RESULT, {"Outcome": "Created"}, '"0"')


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff", b"[" * 100_000, b" " * (1024 * 1024 + 1)])
def test_a_result_of_another_writer_is_read_as_an_empty_one(aws: None, content: bytes) -> None:
    storage = MotoBuckets(boto3.client("s3", region_name="us-east-1"))
    storage.make_bucket("models")
    storage.put("models", RESULT, content)

    found = storage.result_files.read(RESULT)

    assert found is not None
    assert found.document == {}


def test_what_is_below_a_prefix_is_listed_with_sizes_and_etags(storage: StorageWorld) -> None:
    storage.make_bucket("models")
    for key in ("llm/b/c.bin", "llm/a.bin", "llm2/d.bin"):
        storage.put("models", key, b"content")

    listed = storage.archives.listed("models", "llm/")

    assert [(item.key, item.size, item.etag) for item in listed] == [
        ("llm/a.bin", 7, md5(b"content").hexdigest()),
        ("llm/b/c.bin", 7, md5(b"content").hexdigest()),
    ]
    assert all(item.uploaded_at.endswith("+00:00") for item in listed)
    assert storage.archives.listed("models", "none/") == []


def test_a_bucket_that_is_not_there_is_not_listed(storage: StorageWorld) -> None:
    with pytest.raises(BucketNotFound):
        storage.archives.listed("nowhere", "llm/")
