"""The errors and causes as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterator

from slipway import errors, prices
from slipway.deployment import limit_errors
from slipway.errors import NotYet, Refused, SlipwayError
from slipway.failure.failure_rules import CAUSES
from slipway.images import errors as image_errors
from slipway.planning import errors as source_errors
from slipway.smoke_test import errors as smoke_errors

MODULES = (errors, prices, source_errors, limit_errors, image_errors, smoke_errors)


def reference() -> str:
    """Return the tables: refusals, what is retried, and causes of failed endpoints."""
    parts = [
        "## Refused",
        "",
        "Asking again does not help. Nothing that the deployment made is left.",
        *_table(Refused),
        "",
        "## Retried",
        "",
        "The workflow asks again with backoff and full jitter; you see these only when they do not end.",
        *_table(NotYet),
        "",
        "## Causes of endpoints that failed",
        "",
        "Found in SageMaker's FailureReason and in the container's own log lines, which the explanation shows.",
        *_causes(),
    ]
    return "\n".join(parts)


def error_names() -> list[str]:
    """Return the name of every error that can end an execution, and of every cause."""
    kinds = {*_kinds(Refused), *_kinds(NotYet)}
    return sorted({kind.__name__ for kind in kinds} | {cause.name for cause in CAUSES})


def _table(family: type[SlipwayError]) -> Iterator[str]:
    yield ""
    yield "| error | means |"
    yield "| --- | --- |"
    for kind in _kinds(family):
        yield f"| `{kind.__name__}` | {_meaning(kind)} |"


def _causes() -> Iterator[str]:
    yield ""
    yield "| cause | what to do |"
    yield "| --- | --- |"
    for cause in CAUSES:
        yield f"| `{cause.name}` | {cause.hint.replace('<', '&lt;')} |"


def _kinds(family: type[SlipwayError]) -> list[type[SlipwayError]]:
    """Return the family's leaves, in the order in which their modules define them: those are what is raised."""
    found = [kind for module in MODULES for kind in vars(module).values() if isinstance(kind, type)]
    members = [kind for kind in dict.fromkeys(found) if issubclass(kind, family) and kind is not family]
    return [kind for kind in members if not any(kind in other.__bases__ for other in members)]


def _meaning(kind: type[SlipwayError]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())
