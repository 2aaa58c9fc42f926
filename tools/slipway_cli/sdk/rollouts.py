"""Rollouts: how many of a manifest's lines are deployed, which failed, and what was never started."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from slipway.errors import NotFound
from slipway.rollouts.aws import Boto3RolloutFiles
from slipway.rollouts.files import FOLDER
from slipway.rollouts.summarize_rollout import Results, read_results
from slipway_cli.sdk.errors import ClientError, ExecutionNotFound
from slipway_cli.sdk.execution_search import newest_executions
from slipway_cli.sdk.executions import Execution, describe_execution, execution_of
from slipway_cli.sdk.start import execution_name
from slipway_cli.sdk.target import Target

STATE_MACHINE = "RollOutStateMachineArn"
MANIFESTS = "rollouts/manifests"
DIGEST_LENGTH = 12
# What DescribeMapRun counts under other names belongs to one of these.
COUNTED = {
    "Succeeded": ("succeeded",),
    "Failed": ("failed", "timedOut", "aborted"),
    "Running": ("running",),
    "Pending": ("pending", "pendingRedrive"),
}


class RolloutNotFound(ClientError):
    """There is no rollout of this name."""


class RolloutNotRedrivable(ClientError):
    """Step Functions does not redrive the execution: it runs, it succeeded, or it failed before the first wave."""


@dataclass(frozen=True)
class Wave:
    """One wave: its number, and its lines by `Succeeded`, `Failed`, `Running` and `Pending`."""

    number: int
    counts: Mapping[str, int]

    @property
    def progress(self) -> str:
        """Return the counts that are not zero."""
        return ", ".join(f"{count} {name.lower()}" for name, count in self.counts.items() if count) or "starting"


@dataclass(frozen=True)
class Rollout:
    """One execution of RollOut. `results` are those that Step Functions has exported: of each wave, at its end.

    `lines` is None before the manifest is checked.
    """

    execution: Execution
    lines: int | None = None
    planned: int = 0
    waves: tuple[Wave, ...] = ()
    results: Results = field(default_factory=Results)

    @property
    def is_plan(self) -> bool:
        """Say whether it was a dry run."""
        return bool(self.execution.output.get("DryRun"))

    @property
    def is_redrivable(self) -> bool:
        """Say whether a redrive continues it: a wave failed, or the execution was stopped or timed out in one."""
        said = self.execution.explanation
        return bool(self.waves and said and not said.get("Hint"))

    @property
    def hint(self) -> str:
        """Return what to do about a rollout that ended without success, an empty text for others."""
        if self.is_redrivable:
            return f"Fix the cause, then: slipway rollout redrive {self.execution.name}"
        return str(self.execution.explanation.get("Hint", ""))

    @property
    def not_started(self) -> int:
        """Return how many lines no wave has started."""
        planned_waves = self.waves[: self.planned] if self.planned else self.waves
        started = sum(sum(wave.counts.values()) - wave.counts["Pending"] for wave in planned_waves)
        return max(0, (self.lines or 0) - started)

    @property
    def progress(self) -> str:
        """Return where it is: the last wave and its counts, or how it ended."""
        if not self.execution.is_running:
            return self.execution.outcome
        if not self.waves:
            return "Checking the manifest"
        last = self.waves[-1]
        name = f"Wave {last.number} of {self.planned}" if last.number <= self.planned else "Failed lines, once more"
        return f"{name}: {last.progress}"


class Rollouts:
    """The rollouts of one stack."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._machine = target.output(STATE_MACHINE)
        self._stepfunctions = target.client("stepfunctions")
        self._files = Boto3RolloutFiles(target.client("s3"), target.model_bucket)

    def upload(self, manifest: Path) -> str:
        """Upload a manifest under a name made of its content, and return its URI."""
        content = manifest.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
        key = f"{MANIFESTS}/{digest}/{manifest.name}"
        self._files.write(key, content)
        return f"s3://{self.target.model_bucket}/{key}"

    def start(self, document: Mapping[str, Any], now: datetime) -> str:
        """Start an execution, and return its ARN."""
        stem = Path(str(document["ManifestUrl"])).stem
        allowed = "".join(one if one.isascii() and one.isalnum() else "-" for one in stem).strip("-") or "rollout"
        started = self._stepfunctions.start_execution(
            stateMachineArn=self._machine, name=execution_name(allowed, now), input=json.dumps(document)
        )
        return str(started["executionArn"])

    def newest(self, max_count: int, ended: MutableMapping[str, Execution] | None = None) -> Iterator[Execution]:
        """Yield the newest executions; `ended` is a cache of those that have ended, which the caller keeps."""
        return newest_executions(self.target, max_count, ended, self._machine)

    def find(self, named: str) -> str:
        """Return the ARN of an execution of this name or ARN. Raises `RolloutNotFound`."""
        arn = named if named.startswith("arn:") else f"{self._machine.replace(':stateMachine:', ':execution:')}:{named}"
        try:
            describe_execution(self._stepfunctions, arn)
        except ExecutionNotFound:
            raise RolloutNotFound(
                f"There is no rollout {named} of {self.target.stack}: `slipway rollout status` lists the newest ones."
            ) from None
        return arn

    def read(self, arn: str) -> Rollout:
        """Return what became of the lines until now."""
        execution = execution_of(describe_execution(self._stepfunctions, arn))
        if execution.status == "SUCCEEDED" and execution.output.get("DryRun"):
            return Rollout(execution, execution.output["Lines"])
        runs = self._map_runs(arn)
        waves = tuple(Wave(number, self._counts(run)) for number, run in enumerate(runs, 1))
        plan = self._plan(execution.name)
        results = Results() if execution.is_running else self._results(execution.name, runs)
        return Rollout(execution, plan.get("Lines"), len(plan.get("Waves", ())), waves, results)

    def watch(self, arn: str, pause: Callable[[], object]) -> Iterator[Rollout]:
        """Yield what there is before each pause, until the execution has ended."""
        while (found := self.read(arn)).execution.is_running:
            yield found
            pause()
        yield found

    def stop(self, arn: str) -> None:
        """Stop an execution: no further line starts."""
        self._stepfunctions.stop_execution(executionArn=arn)

    def redrive(self, arn: str) -> None:
        """Let an execution continue with the lines that did not succeed. Raises `RolloutNotRedrivable`."""
        from botocore.exceptions import ClientError as AwsError  # noqa: PLC0415 - the SDK is imported when it is asked

        try:
            self._stepfunctions.redrive_execution(executionArn=arn)
        except AwsError as error:
            if error.response["Error"]["Code"] != "ExecutionNotRedrivable":
                raise
            said = error.response["Error"]["Message"]
            raise RolloutNotRedrivable(
                f"{arn.rpartition(':')[2]} cannot be redriven ({said}): start the manifest as a new rollout, in which "
                "what is deployed already does not change."
            ) from None

    def _map_runs(self, arn: str) -> list[str]:
        pages = self._stepfunctions.get_paginator("list_map_runs").paginate(executionArn=arn)
        runs = [run for page in pages for run in page["mapRuns"]]
        return [str(run["mapRunArn"]) for run in sorted(runs, key=lambda run: run["startDate"])]

    def _counts(self, run: str) -> dict[str, int]:
        found = self._stepfunctions.describe_map_run(mapRunArn=run)["itemCounts"]
        return {name: sum(found.get(one, 0) for one in members) for name, members in COUNTED.items()}

    def _plan(self, name: str) -> dict[str, Any]:
        plan: dict[str, Any] = json.loads(self._read(f"{FOLDER}/{name}/plan.json") or "{}")
        return plan

    def _results(self, name: str, runs: list[str]) -> Results:
        exported = (self._read(f"{FOLDER}/{name}/results/{run.rpartition(':')[2]}/manifest.json") for run in runs)
        return read_results(filter(None, exported), self._files, self.target.model_bucket)

    def _read(self, key: str) -> bytes | None:
        """Return a file of the model bucket, None where there is none."""
        try:
            return self._files.read(self.target.model_bucket, key)
        except NotFound:
            return None
