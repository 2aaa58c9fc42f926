"""Transform jobs: how far they are, what they cost, their outputs, and how they are stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from slipway.batch.cost import TransformPrice, transform_price
from slipway.deployment.plan import bucket_and_key
from slipway.deployment.tags import EXECUTION
from slipway.prices import load_prices
from slipway_cli.sdk.errors import ClientError, ExecutionNotFound
from slipway_cli.sdk.execution_search import newest_executions
from slipway_cli.sdk.executions import Execution, describe_execution, events_after, execution_of
from slipway_cli.sdk.history import result_of
from slipway_cli.sdk.start import execution_name
from slipway_cli.sdk.target import Target

STATE_MACHINE = "TransformBatchStateMachineArn"
SUFFIX = ".out"
LIVE = ("InProgress", "Stopping")


class TransformNotFound(ClientError):
    """There is no transform job and no execution of the workflow of transform jobs of this name."""


class NothingTransformed(ClientError):
    """A transform job has stored no output, or none yet."""


@dataclass(frozen=True)
class Output:
    """One stored output: its key, and the part of it below the job's S3OutputPath."""

    key: str
    name: str


@dataclass(frozen=True)
class Transform:
    """An execution of the workflow, and the job that it started or found.

    `job` is DescribeTransformJob's answer, empty before there is one. `objects` are those of the input, `done` those
    whose outputs are stored.
    """

    execution: Execution
    job: Mapping[str, Any] = field(default_factory=dict)
    objects: int | None = None
    done: int | None = None

    @property
    def job_name(self) -> str:
        """Return the job's name; empty before there is one."""
        return str(self.job.get("TransformJobName") or self.execution.output.get("TransformJobName", ""))

    @property
    def name(self) -> str:
        """Return the job's name, or the execution's before there is one."""
        return self.job_name or self.execution.name

    @property
    def output_url(self) -> str:
        """Return the prefix of the outputs."""
        output = self.job.get("TransformOutput") or self.execution.request.get("TransformOutput")
        return str(output.get("S3OutputPath", "")) if isinstance(output, dict) else ""

    @property
    def progress(self) -> str:
        """Return the state of the execution or its job, and how many objects are done."""
        done = "" if self.done is None else f", {self.done} of {self.objects} objects done"
        if not self.execution.is_running:
            return f"{self.execution.outcome}{done}"
        if not self.job:
            return self.execution.current_state or "Starting"
        return f"{self.job['TransformJobStatus']} {self.job_name}{done}"

    def cost(self) -> dict[str, Any] | None:
        """Return the price of the job's instances, and under `Job` what it has cost, as far as that is known.

        None where the instance type has no price.
        """
        resources = self.job.get("TransformResources") or self.execution.request.get("TransformResources")
        price = price_of(resources) if isinstance(resources, dict) else None
        if price is None:
            return None
        started, ended = self.job.get("TransformStartTime"), self.job.get("TransformEndTime")
        spent = price["PerHour"] * (ended - started).total_seconds() / 3600 if started and ended else None
        return {**price, "Job": None if spent is None else round(spent, 4)}


def price_of(resources: Mapping[str, Any]) -> TransformPrice | None:
    """Return the price of a job's TransformResources; None where the type has none, or the input is not valid."""
    try:
        return transform_price(resources, load_prices())
    except (KeyError, TypeError):
        return None


class Transforms:
    """The transform jobs of one stack."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._machine = target.output(STATE_MACHINE)
        self._sagemaker = target.client("sagemaker")
        self._stepfunctions = target.client("stepfunctions")

    def start(self, document: Mapping[str, Any], stem: str, now: datetime) -> str:
        """Start an execution with a checked input, and return its ARN."""
        started = self._stepfunctions.start_execution(
            stateMachineArn=self._machine, name=execution_name(stem, now), input=json.dumps(document)
        )
        return str(started["executionArn"])

    def newest(self, max_count: int) -> Iterator[Execution]:
        """Yield the newest executions, without their histories."""
        return newest_executions(self._target, max_count, state_machine_arn=self._machine)

    def find(self, named: str) -> str:
        """Return the ARN of an execution of this ARN or name, or of the one that started a job of this name.

        Raises `TransformNotFound`.
        """
        arn = named if named.startswith("arn:") else f"{self._machine.replace(':stateMachine:', ':execution:')}:{named}"
        try:
            describe_execution(self._stepfunctions, arn)
        except ExecutionNotFound:
            job = self._describe(named)
            started_by = self._tags(job).get(EXECUTION) if job else None
            if started_by is None:
                raise TransformNotFound(
                    f"There is no execution and no transform job {named} of {self._target.stack}: "
                    "`slipway batch status` lists the newest ones."
                ) from None
            return started_by
        return arn

    def watch(self, arn: str, pause: Callable[[], object]) -> Iterator[Transform]:
        """Yield what there is before each pause, until the execution has ended. Raises `ExecutionNotFound`."""
        events: list[Mapping[str, Any]] = []
        while True:
            description = describe_execution(self._stepfunctions, arn)
            events += events_after(self._stepfunctions, arn, events[-1]["id"] if events else 0)
            found = self._transform(execution_of(description, events), events)
            yield found
            if not found.execution.is_running:
                return
            pause()

    def read(self, named: str) -> Transform:
        """Return what there is. Raises `TransformNotFound`."""
        return next(self.watch(self.find(named), lambda: None))

    def stop(self, transform: Transform) -> list[str]:
        """Stop the execution and its job; return what was stopped."""
        stopped = []
        if transform.execution.is_running:
            self._stepfunctions.stop_execution(executionArn=transform.execution.arn)
            stopped.append(f"Execution {transform.execution.name}")
        job = self._describe(transform.job_name) if transform.job_name else {}
        # A job that another execution started is that one's to stop.
        is_own = bool(job) and self._tags(job).get(EXECUTION) == transform.execution.arn
        if is_own and job["TransformJobStatus"] in LIVE:
            self._sagemaker.stop_transform_job(TransformJobName=transform.job_name)
            stopped.append(f"Transform job {transform.job_name}")
        return stopped

    def outputs(self, transform: Transform) -> list[Output]:
        """Return the stored outputs of a job, by key: those below its S3OutputPath since it was started."""
        if not transform.job:
            return []
        bucket, prefix = _place(transform.output_url)
        pages = self._target.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        entries = [entry for page in pages for entry in page.get("Contents", [])]
        since = self._started(transform).replace(microsecond=0)  # S3 counts whole seconds
        keys = (one["Key"] for one in entries if one["Key"].endswith(SUFFIX) and one["LastModified"] >= since)
        return [Output(key, key.removeprefix(prefix)) for key in sorted(keys)]

    def download(self, transform: Transform, folder: Path) -> Iterator[Path]:
        """Write the outputs below a folder, and yield each file. Raises `NothingTransformed`."""
        outputs = self.outputs(transform)
        if not outputs:
            state = transform.job.get("TransformJobStatus") or transform.execution.outcome
            raise NothingTransformed(f"{transform.name} has stored no output: it is {state}.")
        bucket, _ = _place(transform.output_url)
        for output in outputs:
            file = folder.joinpath(*_parts(output.name))
            file.parent.mkdir(parents=True, exist_ok=True)
            self._target.client("s3").download_file(bucket, output.key, str(file))
            yield file

    def _transform(self, execution: Execution, events: list[Mapping[str, Any]]) -> Transform:
        name = result_of(events, "CreateTransformJob").get("TransformJobName")
        data = result_of(events, "InspectArtifact").get("Data") or {}
        found = Transform(execution, self._describe(name) if name else {}, data.get("Objects"))
        return replace(found, done=len(self.outputs(found))) if found.job else found

    def _describe(self, name: str) -> Mapping[str, Any]:
        from botocore.exceptions import ClientError as AwsError  # noqa: PLC0415 - the SDK is imported when it is asked

        try:
            answer: Mapping[str, Any] = self._sagemaker.describe_transform_job(TransformJobName=name)
        except AwsError as error:
            if error.response["Error"]["Code"] in ("ValidationException", "ResourceNotFound"):
                return {}  # "Could not find requested job with name", or not a name at all
            raise
        return answer

    def _tags(self, job: Mapping[str, Any]) -> dict[str, str]:
        pages = self._sagemaker.get_paginator("list_tags").paginate(ResourceArn=job["TransformJobArn"])
        return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def _started(self, transform: Transform) -> datetime:
        """Return when the execution that started the job began: an AlreadyTransformed one came later."""
        started_by = self._tags(transform.job).get(EXECUTION, transform.execution.arn)
        if started_by == transform.execution.arn:
            return transform.execution.started
        try:
            started: datetime = describe_execution(self._stepfunctions, started_by)["startDate"]
        except ExecutionNotFound:  # Step Functions keeps executions for 90 days
            started = transform.job["CreationTime"]
        return started


def _place(uri: str) -> tuple[str, str]:
    bucket, prefix = bucket_and_key(uri)
    return bucket, f"{prefix.rstrip('/')}/" if prefix else ""


def _parts(name: str) -> list[str]:
    """Return the parts of an output's name as those of a path below the folder."""
    return [part for part in PurePosixPath(name).parts if part not in ("/", "..")]
