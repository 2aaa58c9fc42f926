"""The files of a rollout in S3: manifests, waves, results and reports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

FOLDER = "rollouts"  # of the model bucket
SHOWN = 20  # refused or failed lines in a message and in a state's output; the files have all


class RolloutFiles(Protocol):
    """The files of rollouts. Methods raise what any call may."""

    def read(self, bucket: str, key: str) -> bytes:
        """Return an object's content. Raises `NotFound`, or `FieldInvalid` for one over the size limit."""

    def write(self, key: str, content: bytes) -> None:
        """Write an object of the model bucket."""


def items_content(items: Iterable[Mapping[str, Any]]) -> bytes:
    """Return items as JSON Lines, as a Distributed Map reads them."""
    return "".join(f"{json.dumps(item)}\n" for item in items).encode()
