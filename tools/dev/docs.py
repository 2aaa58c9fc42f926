"""The generated sections of docs/, each of a table or a workflow in the code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from dev import (
    assumptions,
    aws_rules,
    command_reference,
    error_reference,
    field_permissions,
    local_members,
    members,
    python_reference,
    workflow_diagram,
)
from dev.generated_sections import write_section

ROOT = Path(__file__).parents[2]
SECTIONS: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("workflow", "docs/architecture.md", workflow_diagram.section),
    ("errors", "docs/errors.md", error_reference.reference),
    ("aws-rules", "docs/aws-rules.md", aws_rules.reference),
    ("members", "docs/members.md", members.reference),
    ("field-permissions", "docs/permissions.md", field_permissions.reference),
    ("local-members", "docs/local-stack.md", local_members.reference),
    ("assumptions", "docs/assumptions.md", assumptions.reference),
    ("commands", "docs/commands.md", command_reference.reference),
    ("python", "docs/python.md", python_reference.reference),
)


def write_docs(*, check: bool, root: Path = ROOT) -> int:
    """Write every section, and name the documents that were stale. With `check`, write nothing and return 1 for any."""
    stale = [
        document for name, document, section in SECTIONS if write_section(root / document, name, section(), check=check)
    ]
    for document in stale:
        sys.stdout.write(f"{document} is stale: run make docs\n" if check else f"{document} written\n")
    return 1 if check and stale else 0
