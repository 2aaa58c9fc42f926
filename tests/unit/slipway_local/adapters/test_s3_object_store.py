from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway_local.adapters.s3 import S3ObjectStore
from slipway_local.ports import ModelData, ObjectMissing

URI = "s3://models/models/ep/model.tar.gz"


@pytest.fixture
def s3(client: Callable[[str], Any]) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket="models")
    return s3


def put(s3: Any, body: bytes) -> str:
    etag: str = s3.put_object(Bucket="models", Key="models/ep/model.tar.gz", Body=body)["ETag"]
    return etag


def test_head_returns_the_size(s3: Any) -> None:
    put(s3, b"twelve bytes")

    assert S3ObjectStore(s3).head(URI) == 12


@pytest.mark.parametrize(
    "uri", ["s3://models/other", "s3://no-such-bucket/key", "s3://models", "s3://models/", "nonsense", "ftp://a/b"]
)
def test_a_uri_without_an_object_is_missing(s3: Any, uri: str, tmp_path: Path) -> None:
    store = S3ObjectStore(s3)

    with pytest.raises(ObjectMissing, match=uri):
        store.head(uri)
    with pytest.raises(ObjectMissing, match=uri):
        store.download(ModelData(uri), str(tmp_path / "file"))


@pytest.mark.parametrize("quoted", [True, False])
def test_a_download_with_the_pinned_etag_writes_the_file(s3: Any, tmp_path: Path, quoted: bool) -> None:
    etag = put(s3, b"x" * 3_000_000)
    target = tmp_path / "file"

    S3ObjectStore(s3).download(ModelData(URI, etag if quoted else etag.strip('"')), str(target))

    assert target.read_bytes() == b"x" * 3_000_000


def test_an_object_that_was_replaced_since_it_was_pinned_is_missing(s3: Any, tmp_path: Path) -> None:
    pinned = put(s3, b"first")
    put(s3, b"second")

    with pytest.raises(ObjectMissing, match="ETag"):
        S3ObjectStore(s3).download(ModelData(URI, pinned), str(tmp_path / "file"))


def test_an_https_uri_names_bucket_and_key(s3: Any) -> None:
    put(s3, b"1234")

    uri = URI.replace("s3://", "https://s3.us-east-1.amazonaws.com/")

    assert S3ObjectStore(s3).head(uri) == 4


def test_a_fault_of_s3_itself_is_not_a_missing_object() -> None:
    class Throttled:
        def head_object(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "HeadObject")

    with pytest.raises(ClientError, match="SlowDown"):
        S3ObjectStore(Throttled()).head(URI)


def test_a_payload_is_written_and_read_back(s3: Any) -> None:
    store = S3ObjectStore(s3)

    store.write("s3://models/out/1.out", b"[1]", "application/json")

    assert store.read("s3://models/out/1.out") == b"[1]"
    assert s3.head_object(Bucket="models", Key="out/1.out")["ContentType"] == "application/json"


def test_a_payload_that_is_not_there_and_a_bucket_that_is_not_are_missing(s3: Any) -> None:
    store = S3ObjectStore(s3)

    with pytest.raises(ObjectMissing):
        store.read("s3://models/nothing")
    with pytest.raises(ObjectMissing):
        store.write("s3://no-such-bucket/out", b"", "text/plain")


def test_what_is_below_a_prefix_is_listed_without_it(s3: Any) -> None:
    for key in ("llm/a.bin", "llm/code/b.py", "llm2/c"):
        s3.put_object(Bucket="models", Key=key, Body=b"four")

    assert S3ObjectStore(s3).listed("s3://models/llm/") == [("a.bin", 4), ("code/b.py", 4)]
    with pytest.raises(ObjectMissing):
        S3ObjectStore(s3).listed("s3://no-such-bucket/llm/")
