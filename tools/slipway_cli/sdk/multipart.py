"""An upload in parts that an interruption leaves in S3, and the next one continues.

The key has the digest of the content and the size of a part depends on the file's size alone, so a part of the right
size that is there is the right one. The bucket's lifecycle rule aborts what is not completed within 7 days.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PART, MAX_PARTS = 16 * 1024**2, 10_000  # bytes; S3 takes so many parts
AT_ONCE = 6  # parts, each in memory
DENIED = ("AccessDenied", "403")
# S3 wants the checksums of parts again when an upload is completed.
CHECKSUMS = ("ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256")
OF_A_PART = ("PartNumber", "ETag", *CHECKSUMS)


class MultipartUpload:
    """The upload to one key. Without the permission to list unfinished uploads, each begins at the first part."""

    def __init__(self, s3: Any, bucket: str, key: str) -> None:
        self._s3 = s3
        self._object = {"Bucket": bucket, "Key": key}

    def send(self, file: Path, progress: Callable[[int], None], part_size: int = PART) -> None:
        """Send what is not there yet, and complete the upload. Raises `botocore.exceptions.ClientError`."""
        size = file.stat().st_size
        part_size = max(part_size, -(-size // MAX_PARTS))
        sizes = {start // part_size + 1: min(part_size, size - start) for start in range(0, size, part_size)}
        upload_id, parts = self._unfinished(sizes) or (self._s3.create_multipart_upload(**self._object)["UploadId"], {})
        for number in parts:
            progress(sizes[number])

        def send_part(number: int) -> None:
            with file.open("rb") as content:
                content.seek((number - 1) * part_size)
                body = content.read(sizes[number])
            sent = self._s3.upload_part(**self._object, UploadId=upload_id, PartNumber=number, Body=body)
            parts[number] = _part({**sent, "PartNumber": number})
            progress(sizes[number])

        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                list(pool.map(send_part, [number for number in sizes if number not in parts]))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        whole = {"Parts": [parts[number] for number in sizes]}
        self._s3.complete_multipart_upload(**self._object, UploadId=upload_id, MultipartUpload=whole)

    def _unfinished(self, sizes: Mapping[int, int]) -> tuple[str, dict[int, dict[str, Any]]] | None:
        """Return the newest upload to this key that was not completed, with its parts of the right size."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - the SDK is imported when AWS is asked

        try:
            listed = self._s3.list_multipart_uploads(Bucket=self._object["Bucket"], Prefix=self._object["Key"])
            found = [one for one in listed.get("Uploads", []) if one["Key"] == self._object["Key"]]
            if not found:
                return None
            upload_id = max(found, key=lambda one: one["Initiated"])["UploadId"]
            pages = self._s3.get_paginator("list_parts").paginate(**self._object, UploadId=upload_id)
            there = [part for page in pages for part in page.get("Parts", [])]
        except ClientError as error:
            if error.response["Error"]["Code"] in DENIED:
                return None
            raise
        usable = (part for part in there if sizes.get(part["PartNumber"]) == part["Size"])
        return upload_id, {part["PartNumber"]: _part(part) for part in usable}


def _part(described: Mapping[str, Any]) -> dict[str, Any]:
    return {name: described[name] for name in OF_A_PART if name in described}
