"""Result files in the model bucket, over boto3.

S3 user guide, "How to prevent object overwrites with conditional writes": a condition that does not hold is 412, a
write at the same moment 409, and If-Match of an object that is gone 404.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from slipway.aws.errors import aws_errors
from slipway.outcomes.result_file import Document, StoredResult

MAX_READ = 1024 * 1024  # bytes; ours have some kilobytes, but anyone who may upload can write the file
CHANGED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "412", "409", "404"})


class Boto3ResultFiles:
    """Implements `slipway.outcomes.result_file.ResultFiles`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def create(self, key: str, document: Document) -> bool:
        return self._put(key, document, IfNoneMatch="*")

    def read(self, key: str) -> StoredResult | None:
        with aws_errors():
            found = self._get(key)
            if found is None:
                return None
            content = found["Body"].read() if found["ContentLength"] <= MAX_READ else b""
        return StoredResult(_document(content), found["ETag"])

    def replace(self, key: str, document: Document, etag: str) -> bool:
        return self._put(key, document, IfMatch=etag)

    def _get(self, key: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in CHANGED:
                return None
            raise
        return found

    def _put(self, key: str, document: Document, **condition: str) -> bool:
        body = f"{json.dumps(document, indent=2)}\n".encode()
        request = {"Bucket": self._bucket, "Key": key, "Body": body, "ContentType": "application/json", **condition}
        with aws_errors():
            try:
                self._client.put_object(**request)
            except ClientError as error:
                if error.response["Error"]["Code"] in CHANGED:
                    return False
                raise
        return True


def _document(content: bytes) -> Document:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
