"""What every story does: say something, follow an execution, and stop at the first claim that does not hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slipway_demo.executions import Ending, ending, follow

# Said once each, however often the loop goes round; questions and bookkeeping are not said at all.
LOOP = ("DescribeEndpoint", "WaitForEndpoint", "WaitForTurn")
SILENT = ("Is", "Record", "Report")

Say = Callable[[str], None]


class ClaimFailed(Exception):
    """Something the demo shows did not happen."""


class Telling:
    """Says what happens, and checks it."""

    def __init__(self, say: Say, stepfunctions: Any) -> None:
        self.say = say
        self._stepfunctions = stepfunctions

    def check(self, holds: bool, claim: str) -> None:
        """Say that the claim holds. Raises `ClaimFailed` when it does not."""
        if not holds:
            raise ClaimFailed(f"Not so: {claim}.")
        self.say(f"  ok  {claim}")

    def follow(self, arn: str) -> Ending:
        """Say each state of an execution as it is entered; return how it ended."""
        said: set[str] = set()
        for step in follow(self._stepfunctions, arn):
            if step.state not in said and not step.state.startswith(SILENT):
                self.say(f"{step.seconds:6.1f} s  {step.state}")
            said |= {step.state} & set(LOOP)
        return ending(self._stepfunctions, arn)

    def succeeded(self, end: Ending, outcome: str) -> None:
        """Check that an execution succeeded with this outcome, and say what serves now."""
        reason = f" {end.error}: {end.explanation['Message']}" if end.error else ""
        self.check(end.status == "SUCCEEDED", f"the execution {end.status.lower()}{reason}")
        self.check(end.output["Outcome"] == outcome, f"the outcome is {outcome}")
        self.say(f"{end.output['EndpointConfigName']} serves {end.output['ImageUri']}")
