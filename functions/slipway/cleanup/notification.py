"""What idle cleanup writes to people: which endpoints it deleted, what that saves, and how to undo it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from slipway.cleanup.deletion import IdleDeletion
from slipway.prices.hosting_cost import HOURS_A_MONTH

MAX_SUBJECT = 100  # characters (API reference of SNS Publish), ASCII


def subject(deletions: Sequence[IdleDeletion], stack: str) -> str:
    """Return the subject of a letter."""
    number = f"{len(deletions)} idle endpoint{'s' if len(deletions) > 1 else ''}"
    return f"Slipway deleted {number} ({stack})"[:MAX_SUBJECT]


def notification(deletions: Sequence[IdleDeletion], state_machine_arn: str) -> str:
    """Return the text of a letter: a paragraph for each endpoint."""
    paragraphs = ["\n".join(_paragraph(deletion, state_machine_arn)) for deletion in deletions]
    return "\n\n".join(
        [*paragraphs, "Models and configurations are kept. Deploy with Protected: true what is to stay."]
    )


def _paragraph(deletion: IdleDeletion, state_machine_arn: str) -> Iterator[str]:
    yield f"The endpoint {deletion.endpoint_name} was deleted: not used since {deletion.idle_since:%Y-%m-%d %H:%M} UTC."
    if deletion.estimate:
        hour, prices = deletion.estimate
        month = hour * HOURS_A_MONTH
        yield f"It cost about ${hour:.3f} an hour, ${month:.0f} a month: an estimate by list prices of {prices}."
    else:
        yield "What it cost is not known: its instance type has no price in the table."
    yield "To wake it:"
    yield f"  slipway wake {deletion.endpoint_name}"
    yield (
        f"  aws stepfunctions start-execution --state-machine-arn {state_machine_arn} "
        f"--input '{json.dumps(deletion.wake_input)}'"
    )
