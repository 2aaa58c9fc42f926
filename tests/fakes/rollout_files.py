"""The files of rollouts in memory."""

from __future__ import annotations

from slipway.errors import NotFound
from tests.fakes.storage import FakeStorage


class FakeRolloutFiles:
    """Implements `RolloutFiles` over a storage."""

    def __init__(self, storage: FakeStorage, bucket: str) -> None:
        self._storage = storage
        self._bucket = bucket

    def read(self, bucket: str, key: str) -> bytes:
        return self._storage.side_file(bucket, key)

    def write(self, key: str, content: bytes) -> None:
        self._storage.put(self._bucket, key, content)

    def content(self, key: str) -> bytes:
        """Return what was written."""
        return self.read(self._bucket, key)

    def has(self, key: str) -> bool:
        """Say whether a file was written."""
        try:
            self.content(key)
        except NotFound:
            return False
        return True
