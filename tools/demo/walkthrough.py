"""What every demo does: print, follow executions, and stop at the first claim that is false."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import boto3

from slipway_cli.sdk.execution_search import newest_executions
from slipway_cli.sdk.execution_watcher import ExecutionWatcher
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import LOCAL_CREDENTIALS, Target
from slipway_local.stack.local_stack import LocalStack

POLL = 0.2  # seconds
START_TIMEOUT = 30.0
SEARCHED = 10  # newest executions

Say = Callable[[str], None]


class ClaimFailed(Exception):
    """Something the demo claims did not happen."""


class Walkthrough:
    """Prints what happens on a local stack, and checks it."""

    def __init__(self, stack: LocalStack, say: Say) -> None:
        about = stack.description
        session = boto3.Session(region_name=about.region, **LOCAL_CREDENTIALS)
        self.target = Target(session, about.region, endpoint_url=stack.endpoint_url, known_outputs=about.outputs)
        self.say = say

    def check(self, holds: bool, claim: str) -> None:
        """Print that the claim holds. Raises `ClaimFailed` when it does not."""
        if not holds:
            raise ClaimFailed(f"This claim is false: {claim}.")
        self.say(f"  ok  {claim}")

    def start(self, request: dict[str, Any]) -> str:
        """Start an execution with this input; return its ARN."""
        started = self.target.client("stepfunctions").start_execution(
            stateMachineArn=self.target.state_machine_arn, input=json.dumps(request)
        )
        return str(started["executionArn"])

    def started_by_upload(self, etag: str) -> str:
        """Return the ARN of the execution that the upload with this ETag started. Raises `ClaimFailed`."""
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            for execution in newest_executions(self.target, SEARCHED):
                if execution.request.get("detail", {}).get("object", {}).get("etag") == etag:
                    return execution.arn
            time.sleep(POLL)
        raise ClaimFailed(f"The upload started no execution within {START_TIMEOUT:.0f} s.")

    def follow(self, arn: str, *, quietly: bool = False) -> Execution:
        """Print each step of an execution when it begins, unless `quietly`; return it when it has ended."""
        printed = 0
        for snapshot in ExecutionWatcher(self.target, arn).poll(lambda: time.sleep(POLL)):
            execution = snapshot.execution
            for step in [] if quietly else execution.steps[printed:]:
                self.say(f"{(step.entered - execution.started).total_seconds():6.1f} s  {step.name}")
            printed = len(execution.steps)
        return execution

    def succeeded(self, execution: Execution, outcome: str) -> None:
        """Check that an execution succeeded with this outcome, and print what serves now."""
        reason = f" {execution.error}: {execution.explanation['Message']}" if execution.error else ""
        self.check(execution.status == "SUCCEEDED", f"the execution {execution.status.lower()}{reason}")
        self.check(execution.outcome == outcome, f"the outcome is {outcome}")
        self.say(f"{execution.output['EndpointConfigName']} serves {execution.output['ImageUri']}")
