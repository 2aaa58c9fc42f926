"""The errors and causes as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterator

from slipway import errors, prices
from slipway.deployment import limits
from slipway.errors import AwsRefused, DeadlineExceeded, NotYet, Refused, SlipwayError, Superseded
from slipway.failure.failure_rules import CAUSES
from slipway.images import errors as image_errors
from slipway.planning import errors as source_errors
from slipway.smoke_test import errors as smoke_errors

MODULES = (errors, prices, source_errors, limits, image_errors, smoke_errors)


def reference() -> str:
    """Return the tables: refusals, what is retried, and causes of failed endpoints."""
    parts = [
        "## Refused",
        "",
        "Asking again does not help. Nothing that the deployment made is left.",
        *_table(Refused),
        "",
        "## Ended by another deployment, or by time",
        *_table(Superseded, DeadlineExceeded),
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
    kinds = _kinds(Refused, NotYet, Superseded, DeadlineExceeded)
    return sorted({kind.__name__ for kind in kinds} | {cause.name for cause in CAUSES})


def _table(*families: type[SlipwayError]) -> Iterator[str]:
    yield ""
    yield "| error | means |"
    yield "| --- | --- |"
    for kind in _kinds(*families):
        yield f"| `{kind.__name__}` | {_meaning(kind)} |"


def _causes() -> Iterator[str]:
    yield ""
    yield "| cause | what to do |"
    yield "| --- | --- |"
    for cause in CAUSES:
        yield f"| `{cause.name}` | {cause.hint.replace('<', '&lt;')} |"


def _kinds(*families: type[SlipwayError]) -> list[type[SlipwayError]]:
    """Return what is raised of some families, in the order in which their modules define it: leaves, and AwsRefused."""
    found = [kind for module in MODULES for kind in vars(module).values() if isinstance(kind, type)]
    members = [kind for kind in dict.fromkeys(found) if issubclass(kind, families)]
    return [kind for kind in members if kind is AwsRefused or not any(kind in other.__bases__ for other in members)]


def _meaning(kind: type[SlipwayError]) -> str:
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())
