"""A word or two for a rule of a Choice state, whose condition is a JSONata expression."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

Rule = dict[str, Any]

LITERAL = re.compile(r"'([^']*)'")


def rule_label(rule: Rule, *, alone: bool) -> str:
    """Return the rule's own Comment, else the error it names, else the values it compares with, else an answer."""
    if "Comment" in rule:
        return str(rule["Comment"])
    error = failure_label(rule)
    if error is not None:
        return error
    # What a value must not be says nothing about what it is.
    values = [] if "!=" in rule["Condition"] else [value for value in LITERAL.findall(rule["Condition"]) if value]
    return " or ".join(values) or ("yes" if alone else "")


def default_label(rules: Sequence[Rule]) -> str:
    """Return what is left when no rule applies."""
    return "no" if len(rules) == 1 and rule_label(rules[0], alone=True) == "yes" else "otherwise"


def failure_label(rule: Rule) -> str | None:
    """Return the error that a rule assigns: empty where it is an expression, None where there is none."""
    assigned = [value for value in rule.get("Assign", {}).values() if isinstance(value, dict)]
    errors = [str(value["Error"]) for value in assigned if "Error" in value]
    return next(("" if error.startswith("{%") else error for error in errors), None)
