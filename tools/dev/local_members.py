"""The members of SageMaker's API that the local SageMaker does not enact, as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slipway_local.sagemaker.validation.members import NO_EFFECT, NOT_HERE


def reference() -> str:
    """Return one row per member, those that are refused first."""
    rows = [*_rows(NOT_HERE, "refused"), *_rows(NO_EFFECT, "no effect")]
    return "\n".join(["| call | member | here | because |", "| --- | --- | --- | --- |", *rows])


def _rows(table: Mapping[str, Mapping[str, str]], treatment: str) -> Iterator[str]:
    for operation, members in table.items():
        yield from (f"| {operation} | `{path}` | {treatment} | {reason} |" for path, reason in members.items())
