"""Stand-ins for S3 and CloudWatch Logs, and archives made in memory."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self

from tests.fakes import archives

from slipway_local.ports import ModelData, ObjectMissing


def tar_gz(files: dict[str, bytes | str]) -> bytes:
    """Return a .tar.gz of regular files."""
    return archives.tar_gz({name: data.encode() if isinstance(data, str) else data for name, data in files.items()})


class MemoryStore:
    """`ObjectStore` over a dictionary of URIs; every object's ETag is its length."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def head(self, s3_uri: str) -> int:
        if s3_uri not in self.objects:
            raise ObjectMissing(s3_uri)
        return len(self.objects[s3_uri])

    def download(self, data: ModelData, path: str) -> None:
        size = self.head(data.s3_uri)
        if data.etag is not None and data.etag != str(size):
            raise ObjectMissing(f"{data.s3_uri} changed")
        Path(path).write_bytes(self.objects[data.s3_uri])

    def listed(self, s3_uri: str) -> list[tuple[str, int]]:
        return [(uri.removeprefix(s3_uri), len(body)) for uri, body in self.objects.items() if uri.startswith(s3_uri)]

    def acting_as(self, role_arn: str | None) -> Self:
        return self


class MemoryLogs:
    """`Logs` that remembers the lines of every stream."""

    def __init__(self) -> None:
        self.streams: dict[tuple[str, str], list[str]] = {}
        self._lock = threading.Lock()

    def write(self, group: str, stream: str, lines: list[str]) -> None:
        with self._lock:
            self.streams.setdefault((group, stream), []).extend(lines)

    def acting_as(self, role_arn: str | None) -> Self:
        return self

    @property
    def lines(self) -> list[str]:
        return [line for lines in self.streams.values() for line in lines]
