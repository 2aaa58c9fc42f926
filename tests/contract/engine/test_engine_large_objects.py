"""Large objects are on disk: the engine's memory is the same whatever the size of an archive.

The answers are S3's: what comes back is what was uploaded, by version too (API reference, "Using versioning").
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from boto3.s3.transfer import TransferConfig
from tests.contract.engine.laptop import Laptop

MIB = 1024 * 1024
SIZE = 112 * MIB
BOUND = 96 * MIB  # what requests of two parts of 8 MiB at once may take; an object in memory is more
TWO_AT_ONCE = TransferConfig(max_concurrency=2)
BUCKET = "large-objects"


@pytest.fixture(scope="session")
def archive(laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("large") / "archive"
    with path.open("wb") as file:
        file.write(b"first")
        file.truncate(SIZE)
        file.seek(SIZE - 4)
        file.write(b"last")
    s3 = laptop.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield path
    path.unlink()


@contextmanager
def bounded_memory(laptop: Laptop) -> Iterator[None]:
    """Fail where the engine's resident memory grows by more than the bound at any time."""
    engine, done = psutil.Process(laptop.engine.pid), threading.Event()
    before, peak = engine.memory_info().rss, 0

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, engine.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
    assert peak - before < BOUND, f"{(peak - before) // MIB} MiB more"


def test_an_archive_is_uploaded_copied_and_downloaded_within_the_memory_of_its_parts(
    laptop: Laptop, archive: Path
) -> None:
    s3 = laptop.client("s3")
    source = {"Bucket": BUCKET, "Key": "upload"}

    with bounded_memory(laptop):
        s3.upload_file(str(archive), BUCKET, "upload", Config=TWO_AT_ONCE)
        s3.copy(source, BUCKET, "copied in parts", Config=TWO_AT_ONCE)
        s3.copy_object(CopySource=source, Bucket=BUCKET, Key="copied")
        version = s3.head_object(**source)["VersionId"]
        s3.delete_object(**source)
        digests = {key: digest(laptop, key) for key in ("copied", "copied in parts")}
        digests["upload"] = digest(laptop, "upload", VersionId=version)

    with archive.open("rb") as file:
        assert set(digests.values()) == {hashlib.file_digest(file, "md5").hexdigest()}


def test_an_object_that_the_client_stops_reading_is_not_in_memory(laptop: Laptop, archive: Path) -> None:
    s3 = laptop.client("s3")
    s3.upload_file(str(archive), BUCKET, "read in part", Config=TWO_AT_ONCE)

    with bounded_memory(laptop):
        for _ in range(4):
            body = s3.get_object(Bucket=BUCKET, Key="read in part")["Body"]
            body.read(1)
            body.close()
        s3.head_object(Bucket=BUCKET, Key="read in part")  # answered after what was still being sent


def test_versions_of_objects_are_not_in_memory(laptop: Laptop, archive: Path) -> None:
    with bounded_memory(laptop):
        for number in range(16):
            laptop.client("s3").put_object(Bucket=BUCKET, Key="replaced", Body=bytes([number]) * 9 * MIB)


def digest(laptop: Laptop, key: str, **more: str) -> str:
    """Return the MD5 of an object as it is sent."""
    body = laptop.client("s3").get_object(Bucket=BUCKET, Key=key, **more)["Body"]
    found = hashlib.md5(usedforsecurity=False)
    for chunk in body.iter_chunks(MIB):
        found.update(chunk)
    return found.hexdigest()


def test_a_range_of_a_large_object_is_its_bytes(laptop: Laptop, archive: Path) -> None:
    s3 = laptop.client("s3")
    s3.upload_file(str(archive), BUCKET, "ranges", Config=TWO_AT_ONCE)

    first = s3.get_object(Bucket=BUCKET, Key="ranges", Range="bytes=0-6")
    last = s3.get_object(Bucket=BUCKET, Key="ranges", Range="bytes=-4")

    assert (first["Body"].read(), first["ContentRange"]) == (b"first\0\0", f"bytes 0-6/{SIZE}")
    assert last["Body"].read() == b"last"


@pytest.mark.parametrize("size", [5, 9 * MIB], ids=["small", "large"])
def test_versions_come_back_as_they_were(laptop: Laptop, size: int, archive: Path) -> None:
    s3, key = laptop.client("s3"), f"versions-{size}"
    bodies = [bytes([number]) * size for number in range(3)]
    versions = [s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"] for body in bodies]
    read: Callable[..., bytes] = lambda **more: s3.get_object(Bucket=BUCKET, Key=key, **more)["Body"].read()  # noqa: E731

    s3.copy_object(
        CopySource={"Bucket": BUCKET, "Key": key, "VersionId": versions[0]}, Bucket=BUCKET, Key=f"{key}-first"
    )
    s3.copy_object(CopySource={"Bucket": BUCKET, "Key": key}, Bucket=BUCKET, Key=key)
    assert [read(VersionId=version) for version in versions] == bodies
    assert read() == bodies[2]
    newest = s3.head_object(Bucket=BUCKET, Key=key)["VersionId"]
    for version, left in ((newest, bodies[2]), (versions[2], bodies[1]), (versions[0], bodies[1])):
        s3.delete_object(Bucket=BUCKET, Key=key, VersionId=version)
        assert read() == left
    assert s3.get_object(Bucket=BUCKET, Key=f"{key}-first")["Body"].read() == bodies[0]


def test_parts_outlive_their_source_and_leave_it_as_it_was(laptop: Laptop, archive: Path) -> None:
    s3 = laptop.client("s3")
    first, second = b"a" * 9 * MIB, b"b" * 9 * MIB
    s3.put_object(Bucket=BUCKET, Key="source", Body=first)
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts")["UploadId"]
    named = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload}

    copied = s3.upload_part_copy(**named, PartNumber=1, CopySource={"Bucket": BUCKET, "Key": "source"})
    s3.upload_part(**named, PartNumber=2, Body=b"replaced")
    sent = s3.upload_part(**named, PartNumber=2, Body=second)
    s3.copy_object(CopySource={"Bucket": BUCKET, "Key": "source"}, Bucket=BUCKET, Key="kept")
    s3.delete_object(Bucket=BUCKET, Key="source")
    parts = [
        {"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]},
        {"PartNumber": 2, "ETag": sent["ETag"]},
    ]
    done = s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})

    # "the MD5 digest of the concatenated MD5 digests of the parts, a hyphen, and the number of parts"
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    each = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in (first, second))
    assert done["ETag"] == f'"{hashlib.md5(each, usedforsecurity=False).hexdigest()}-2"'
    assert s3.get_object(Bucket=BUCKET, Key="parts")["Body"].read() == first + second
    assert s3.get_object(Bucket=BUCKET, Key="kept")["Body"].read() == first


def test_an_aborted_upload_leaves_no_part(laptop: Laptop, archive: Path) -> None:
    s3 = laptop.client("s3")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="aborted")["UploadId"]
    s3.upload_part(Bucket=BUCKET, Key="aborted", UploadId=upload, PartNumber=1, Body=b"part")

    s3.abort_multipart_upload(Bucket=BUCKET, Key="aborted", UploadId=upload)

    engine = psutil.Process(laptop.engine.pid)
    [folder] = Path(engine.environ().get("TMPDIR", "/tmp")).glob("slipway-engine-*/s3/.parts")
    assert not any(folder.iterdir())
