"""The names that an execution can end with, as Markdown tables: `errors.yaml`, with the classes' own causes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

import slipway
from slipway.errors import AwsRefused, SlipwayError
from slipway.failure import failure_rules

ERRORS = Path(__file__).with_name("errors.yaml")
# What these packages raise never leaves an execution: idle cleanup runs beside deployments.
OUTSIDE_EXECUTIONS = ("slipway.cleanup.", "slipway.aws.retry", "slipway.versions.in_use")


def reference() -> str:
    """Return a table for each thing that the reader was doing."""
    return "\n".join(line for group in groups() for line in _section(group))


def groups() -> list[dict[str, Any]]:
    """Return the groups of errors.yaml; each error of theirs has a cause."""
    loaded: list[dict[str, Any]] = yaml.safe_load(ERRORS.read_text(encoding="utf-8"))
    causes = {name: _meaning(kind) for name, kind in error_classes().items()}
    for group in loaded:
        group["errors"] = {name: {"cause": causes.get(name, ""), **error} for name, error in group["errors"].items()}
    return loaded


def error_names() -> set[str]:
    """Return the name of every error of ours that can end an execution, and of every cause."""
    return {*error_classes(), *failure_rules.names()}


def error_classes() -> dict[str, type[SlipwayError]]:
    """Return the classes of errors that are raised, by name: those without subclasses, and AwsRefused."""
    for module in pkgutil.walk_packages(slipway.__path__, "slipway."):
        importlib.import_module(module.name)
    found = {kind.__name__: kind for kind in _descendants(SlipwayError) if _leaves_executions(kind)}
    return {name: kind for name, kind in found.items() if kind is AwsRefused or not _has_subclass(kind)}


def _descendants(kind: type[SlipwayError]) -> Iterator[type[SlipwayError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


def _leaves_executions(kind: type[SlipwayError]) -> bool:
    return kind.__module__.startswith("slipway.") and not kind.__module__.startswith(OUTSIDE_EXECUTIONS)


def _has_subclass(kind: type[SlipwayError]) -> bool:
    return any(_leaves_executions(child) for child in kind.__subclasses__())


def _section(group: dict[str, Any]) -> Iterator[str]:
    yield from (f"## {group['group']}", "", group["who"], "", "| name | cause | what to do | example |")
    yield "| --- | --- | --- | --- |"
    for name, error in group["errors"].items():
        yield f"| `{name}` | {_cell(error['cause'])} | {_cell(error['remedy'])} | {_code(error['example'])} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


def _code(example: str) -> str:
    return f"`{' '.join(example.split()).replace('|', chr(92) + '|').replace('`', chr(39))}`"


def _meaning(kind: type[SlipwayError]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace(": never retried.", ".")
