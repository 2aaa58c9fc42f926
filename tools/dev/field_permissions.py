"""What each field of the deployment input asks of which role, as a Markdown table."""

from __future__ import annotations

from collections.abc import Iterator

from dev.aws_permissions import ALWAYS, FIELD_PERMISSIONS, FieldPermission


def reference() -> str:
    """Return one row per field and role."""
    head = ["| field | role | needs | on | granted | source |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *_rows()])


def _rows() -> Iterator[str]:
    for one in FIELD_PERMISSIONS:
        actions = ", ".join(f"`{action}`" for action in one.actions)
        yield f"| {one.field} | {one.role} | {actions} | {one.on} | {_granted(one)} | {one.source} |"


def _granted(one: FieldPermission) -> str:
    granted = ALWAYS if one.granted == ALWAYS else f"with `{one.granted}`"
    return f"{granted}; `{one.otherwise}` otherwise" if one.otherwise else granted
