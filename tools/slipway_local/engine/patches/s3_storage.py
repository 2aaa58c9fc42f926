"""S3: objects, their versions and the parts of uploads are files, and no large one is in memory as a whole.

MiniStack holds the parts of an upload, every version of an object, and each object that is read or copied in memory:
an archive of 2 GB takes it to 4.6 GB. What is large is a `StoredBody` here, which MiniStack's code takes for its bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import os
import shutil
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway_local.engine.patches import Engine, patch

LARGE = 8 * 1024 * 1024  # bytes; what is smaller is read at once
CHUNK = 1024 * 1024
REQUEST = (
    "method", "path", "headers", "body", "query_params", "signed_path", "enforce_bucket_region", "internal",
    "access_point_region", "access_point",
)  # fmt: skip
# How CompleteMultipartUpload joins parts, and how it does here.
JOIN = {
    'hashlib.md5(stored["body"]).digest()': """bytes.fromhex(stored["etag"].strip('"'))""",
    'b"".join(combined_parts)': "_joined(combined_parts)",
}


@dataclass(frozen=True)
class StoredBody:
    """`size` bytes of a file from `start` on, with the length and the slices that they would have in memory."""

    path: Path
    start: int
    size: int

    def __len__(self) -> int:
        """Return the number of bytes."""
        return self.size

    def __getitem__(self, part: slice) -> StoredBody:
        """Return a slice without a step."""
        start, stop, _ = part.indices(self.size)
        return StoredBody(self.path, self.start + start, max(0, stop - start))

    def __bytes__(self) -> bytes:
        """Return all of it, in memory."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """Yield it in pieces. The file is opened at the call: what replaces it later does not change what is read."""
        return _read(self.path.open("rb"), self.start, self.size)

    @property
    def is_whole(self) -> bool:
        """Say whether it is the whole file."""
        return (self.start, self.size) == (0, self.path.stat().st_size)


Body = bytes | StoredBody


def _read(file: Any, start: int, size: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while size and (chunk := file.read(min(CHUNK, size))):
            size -= len(chunk)
            yield chunk


def body_of(path: Path) -> Body:
    """Return what a file holds."""
    size = path.stat().st_size
    return StoredBody(path, 0, size) if size >= LARGE else path.read_bytes()


def chunks_of(body: Body) -> Iterator[bytes]:
    """Yield a body in pieces."""
    return body.chunks() if isinstance(body, StoredBody) else iter([body])


def write(path: Path, body: Body, mode: str = "wb") -> None:
    """Write a body to a file."""
    with open(path, mode, opener=_private) as file:
        for chunk in chunks_of(body):
            file.write(chunk)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def joined(parts: list[Body]) -> Body:
    """Return the parts of an upload as one body: those after the first are appended to its file and removed."""
    if not parts or sum(map(len, parts)) < LARGE:
        return b"".join(map(bytes, parts))
    first, *others = (part for part in parts if isinstance(part, StoredBody))
    for part in others:
        write(first.path, part, "ab")
        part.path.unlink()
    return StoredBody(first.path, 0, first.path.stat().st_size)


@patch("ministack.services.s3", "_read_body", "bucket_name", "key", "obj")
def read_body(original: Callable[..., Body], _engine: Engine) -> Callable[..., Body]:
    """Read a large object from its file only as it is sent."""
    s3 = _s3()

    def read(bucket_name: str, key: str, obj: dict[str, Any]) -> Body:
        path = s3._object_disk_path(bucket_name, key) if obj.get("body") is None else None
        return body_of(Path(path)) if path and Path(path).is_file() else original(bucket_name, key, obj)

    return read


@patch("ministack.services.s3", "_version_body", "bucket", "bucket_name", "key", "v")
def version_body(original: Callable[..., Body], _engine: Engine) -> Callable[..., Body]:
    """Read a large version from its file only as it is sent."""
    s3 = _s3()

    def read(bucket: Any, bucket_name: str, key: str, v: dict[str, Any]) -> Body:
        path = s3._version_disk_path(bucket_name, key, v["version_id"])
        return body_of(Path(path)) if path and Path(path).is_file() else original(bucket, bucket_name, key, v)

    return read


@patch("ministack.services.s3", "_version_entry_from_record", "obj", "version_id", "data")
def version_entry_from_record(original: Callable[..., dict[str, Any]], _engine: Engine) -> Callable[..., Any]:
    """Keep no version in memory: the newest one is the object's file, an older one has a file of its own."""
    return lambda obj, version_id, data: original(obj, version_id, None)  # noqa: ARG005 - MiniStack's signature


@patch("ministack.services.s3", "_get_object_data", "bucket_name", "key", "version_id")
def get_object_data(original: Callable[..., Body | None], _engine: Engine) -> Callable[..., bytes | None]:
    """Return the code of a function in memory."""

    def read(bucket_name: str, key: str, version_id: str | None = None) -> bytes | None:
        found = original(bucket_name, key, version_id)
        return None if found is None else bytes(found)

    return read


@patch("ministack.services.s3", "_atomic_write", "fpath", "data", "text")
def atomic_write(original: Callable[..., None], _engine: Engine) -> Callable[..., None]:
    """Write a stored body without reading it whole; a copy of a whole object takes no space."""

    def written(fpath: str, data: Any, *, text: bool = False) -> None:
        if not isinstance(data, StoredBody):
            original(fpath, data, text=text)
            return
        unfinished = Path(f"{fpath}.tmp")
        if data.is_whole:  # no file of S3's is written a second time, so one file can be several objects
            unfinished.hardlink_to(data.path)
        else:
            write(unfinished, data)
        unfinished.replace(fpath)
        unfinished.unlink(missing_ok=True)  # two links to one file: replace leaves both, as POSIX has it

    return written


@patch("ministack.services.s3", "md5_hash", "data")
def md5_hash(_original: Callable[[Body], str], _engine: Engine) -> Callable[[Body], str]:
    """Hash a stored body in pieces."""

    def hashed(data: Body) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        for chunk in chunks_of(data):
            digest.update(chunk)
        return digest.hexdigest()

    return hashed


@patch("ministack.services.s3", "_compute_s3_checksum", "algorithm", "body")
def compute_s3_checksum(original: Callable[[str, Any], str | None], _engine: Engine) -> Callable[..., str | None]:
    """Compute a CRC32, which boto3 asks for, of a stored body in pieces, and others in memory."""
    s3 = _s3()

    def computed(algorithm: str, body: Body) -> str | None:
        if not isinstance(body, StoredBody):
            return original(algorithm, body)
        if (algorithm or "").upper() != "CRC32":
            return original(algorithm, bytes(body))
        checksum = 0
        for chunk in body.chunks():
            checksum = zlib.crc32(chunk, checksum)
        encoded: str = s3.base64.b64encode(checksum.to_bytes(4, "big")).decode()
        return encoded

    return computed


Call = Callable[..., tuple[int, dict[str, str], Any]]


@patch("ministack.services.s3", "_upload_part", "bucket_name", "key", "body", "query_params", "headers")
def upload_part(original: Call, _engine: Engine) -> Call:
    """Keep a part on disk."""
    return _keeping_parts(original)


@patch("ministack.services.s3", "_upload_part_copy", "bucket_name", "dest_key", "query_params", "headers")
def upload_part_copy(original: Call, _engine: Engine) -> Call:
    """Keep a copied part on disk, where it outlives its source."""
    return _keeping_parts(original)


def _keeping_parts(original: Call) -> Call:
    s3 = _s3()

    def uploaded(*arguments: Any) -> tuple[int, dict[str, str], Any]:
        answer = original(*arguments)
        query = arguments[-2]
        if answer[0] == 200:  # noqa: PLR2004 - HTTP's own number
            upload_id, number = s3._qp(query, "uploadId"), int(s3._qp(query, "partNumber", "1"))
            folder = _folder_of_parts(upload_id)
            folder.mkdir(parents=True, exist_ok=True)
            path, part = folder / str(number), s3._multipart_uploads[upload_id]["parts"][number]
            write(path, part["body"])
            part["body"] = StoredBody(path, 0, part["size"])
        return answer

    return uploaded


@patch("ministack.services.s3", "_complete_multipart_upload", "bucket_name", "key", "body", "query_params", "headers")
def complete_multipart_upload(original: Call, _engine: Engine) -> Call:
    """Join the parts on disk. Raises `LookupError` when MiniStack joins them in another way."""
    source = inspect.getsource(original)
    for theirs, ours in JOIN.items():
        if source.count(theirs) != 1:
            raise LookupError(f"MiniStack does not join parts by {theirs} as it did: see s3_storage.py.")
        source = source.replace(theirs, ours)
    _s3()._joined = joined
    made: dict[str, Any] = {}
    exec(source, vars(_s3()), made)  # noqa: S102 - MiniStack's own source
    return _removing_parts(made[original.__name__])


@patch("ministack.services.s3", "_abort_multipart_upload", "bucket_name", "key", "query_params")
def abort_multipart_upload(original: Call, _engine: Engine) -> Call:
    """Remove the parts too."""
    return _removing_parts(original)


def _removing_parts(original: Call) -> Call:
    s3 = _s3()

    def ended(bucket_name: str, key: str, *rest: Any) -> tuple[int, dict[str, str], Any]:
        answer = original(bucket_name, key, *rest)
        upload_id = s3._qp(next(each for each in rest if isinstance(each, dict)), "uploadId")
        if upload_id not in s3._multipart_uploads:
            shutil.rmtree(_folder_of_parts(upload_id), ignore_errors=True)
        return answer

    return ended


@patch("ministack.services.s3", "handle_request", *REQUEST)
def handle_request(original: Callable[..., Awaitable[Any]], _engine: Engine) -> Callable[..., Awaitable[Any]]:
    """Send a stored body in pieces."""
    from ministack.core.responses import StreamingResponse  # noqa: PLC0415 - MiniStack reads its environment

    async def answer(*arguments: Any, **options: Any) -> Any:
        status, headers, body = await original(*arguments, **options)
        if not isinstance(body, StoredBody):
            return status, headers, body
        return status, {**headers, "Content-Length": str(len(body))}, StreamingResponse(_sent(body.chunks()))

    return answer


def _sent(chunks: Iterator[bytes]) -> Callable[[Any, Any], Awaitable[None]]:
    async def run(send: Any, receive: Any) -> None:
        # After the request, a client only says that it is gone; what is sent then would stay in memory.
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            for chunk in chunks:
                await asyncio.sleep(0)
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    return run


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _folder_of_parts(upload_id: str) -> Path:
    # An upload's id that MiniStack does not know is the client's text.
    return Path(_s3().DATA_DIR) / ".parts" / hashlib.sha256(upload_id.encode()).hexdigest()


def _s3() -> Any:
    from ministack.services import s3  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    return s3
