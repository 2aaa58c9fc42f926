"""The single constraints of a service model's shape, worded as AWS words them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slipway_local.sagemaker.patterns import compiled


def broken_by(shape: Any, value: object) -> Iterator[str]:
    """Yield what `value` fails of a botocore shape, in the order in which AWS lists it."""
    metadata = shape.metadata
    if shape.type_name in {"string", "list", "map"}:
        yield from _length(metadata, len(value))  # type: ignore[arg-type]
    if shape.type_name in {"integer", "long", "float", "double"}:
        yield from _range(metadata, value)
    if isinstance(value, str):
        yield from _text(metadata, value)


def _length(metadata: Any, length: int) -> Iterator[str]:
    if length > metadata.get("max", length):
        yield f"Member must have length less than or equal to {metadata['max']}"
    if length < metadata.get("min", length):
        yield f"Member must have length greater than or equal to {metadata['min']}"


def _range(metadata: Any, value: Any) -> Iterator[str]:
    if value > metadata.get("max", value):
        yield f"Member must have value less than or equal to {metadata['max']}"
    if value < metadata.get("min", value):
        yield f"Member must have value greater than or equal to {metadata['min']}"


def _text(metadata: Any, value: str) -> Iterator[str]:
    pattern = metadata.get("pattern")
    if pattern and not compiled(pattern).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {pattern}"
    allowed = metadata.get("enum")
    if allowed and value not in allowed:
        yield f"Member must satisfy enum value set: [{', '.join(allowed)}]"
