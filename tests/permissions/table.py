"""`python -m tests.permissions.table docs/permissions.md`: write the table of roles and permissions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from dev.generated_sections import section_of, write_section
from tests.permissions.exercises import exercises
from tests.permissions.only_aws import MANAGED, ONLY_AWS
from tests.permissions.roles import Permission, managed_policies, permissions, statements
from tests.permissions.verdicts import Trials
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.worlds import worlds

PART = "permissions"
HEAD = ["| action | on | missed in | without it |", "| --- | --- | --- | --- |"]


def rows(trials: Trials, role: str) -> list[str]:
    """Return a role's rows: one for each permission."""
    return [_row(trials, permission) for permission in permissions(role)]


def section(role: str, role_rows: list[str]) -> str:
    """Return a role's section."""
    attached = [f"`{name}`: {MANAGED[name]}" for name in managed_policies().get(role, [])]
    parts = [f"### {role}", *(["\n".join([*HEAD, *role_rows])] if role_rows else [])]
    return "\n\n".join([*parts, *(["Attached by SAM: " + "; ".join(attached) + "."] if attached else [])])


def sections(document: str) -> dict[str, str]:
    """Return the sections of the written document, by role."""
    inside = section_of(document, PART)
    return {part.split("\n", 1)[0]: f"### {part.strip()}" for part in inside.split("### ")[1:]}


def _row(trials: Trials, permission: Permission) -> str:
    verdict = trials.verdict(permission)
    source = ONLY_AWS.get((permission.role, permission.action))
    missed = verdict.exercise or "only AWS asks"
    reason = verdict.difference or source or "NOTHING FAILS: take it away, or add an exercise"
    return f"| `{permission.action}` | `{_short(permission.resource)}` | {missed} | {reason} |"


def _short(resource: str) -> str:
    name = resource.split(":", 5)[-1] if resource.startswith("arn:") else resource
    return name.replace(MODEL_BUCKET, "<ModelBucket>")


def _all(trials: Trials) -> Iterator[str]:
    yield from (section(role, rows(trials, role)) for role in statements())


@click.command()
@click.argument("document", type=click.Path(exists=True, path_type=Path))
def main(document: Path) -> None:
    """Write the table between the marks in DOCUMENT."""
    with worlds() as new_world:
        table = "\n\n".join(_all(Trials(exercises(new_world))))
    write_section(document, PART, f"\n{table}\n", check=False)


if __name__ == "__main__":
    main()
