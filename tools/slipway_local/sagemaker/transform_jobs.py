"""Batch transform jobs: InProgress until Completed, Failed or Stopped. One container serves a job's instances."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from slipway_local.ports import (
    ContainerSpec,
    HostedContainer,
    HostingFailed,
    Logs,
    ModelData,
    ObjectDenied,
    ObjectMissing,
    Utilization,
)
from slipway_local.sagemaker.deployments import MAX_REASON, Dependencies, wait_since
from slipway_local.sagemaker.errors import SageMakerError, refused
from slipway_local.sagemaker.faults.texts import NO_CAPACITY
from slipway_local.sagemaker.listing import Listing, answer_of, by_creation, by_name
from slipway_local.sagemaker.models import Model, Tables, TransformJob, TransformJobStatus, model_data_uri
from slipway_local.sagemaker.tags import read_tags
from slipway_local.sagemaker.validation.quotas import exceeded
from slipway_local.sagemaker.validation.transform_jobs import check_transform_job, check_transformed_model
from slipway_local.transform.inputs import no_objects
from slipway_local.transform.job import JobServices, Stopped, TransformFailed, TransformRun, environment_of

logger = logging.getLogger(__name__)
LOG_GROUP = "/aws/sagemaker/TransformJobs"  # of the metrics' namespace too
LIVE = frozenset({"InProgress", "Stopping"})
# The members of a TransformJobSummary beside name, ARN, times and status.
DESCRIBED = ("TransformJobName", "TransformJobArn", "TransformJobStatus", "CreationTime", "LastModifiedTime")
NOT_DESCRIBED = ("Tags",)


class TransformJobs:
    """The operations of transform jobs, and what runs them."""

    def __init__(self, tables: Tables, dependencies: Dependencies) -> None:
        self._tables = tables
        self._dependencies = dependencies
        # The API reference of ListTransformJobs: by CreationTime, and "the default is Descending".
        self._listing: Listing[TransformJob] = Listing(
            {"Name": by_name, "CreationTime": by_creation, "Status": lambda job: job.status}
        )

    def create_transform_job(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """CreateTransformJob."""
        name, jobs = params["TransformJobName"], self._tables.transform_jobs
        check_transform_job(params)
        tags = read_tags(params.get("Tags", []))
        request = {key: value for key, value in params.items() if key not in NOT_DESCRIBED}
        self._check_input(params)
        with self._tables.lock:
            if jobs.peek(name) is not None:
                raise SageMakerError(
                    "ResourceInUse",
                    "Job name must be unique within an AWS account and region, and a job with this name already exists "
                    f"({jobs.arn(name)})",
                )
            model = self._tables.models.find(params["ModelName"])
            check_transformed_model(model.containers)
            self._check_quota(params["TransformResources"])
            now = self._dependencies.clock.now()
            job = TransformJob(name, jobs.arn(name), now, request, tags, modified=now)
            jobs.add(job)
            self._dependencies.announcer.transform_job(job)
        self._dependencies.executor(lambda: self._run(job, model))
        return {"TransformJobArn": job.arn}

    def describe_transform_job(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeTransformJob."""
        with self._tables.lock:
            job = self._find(params["TransformJobName"])
            described = _described(job)
        del described["LastModifiedTime"]
        return {"DataProcessing": {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}} | described

    def list_transform_jobs(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListTransformJobs."""
        with self._tables.lock:
            page, token = self._listing.page(self._tables.transform_jobs.seen(), params)
            described = [_described(job) for job in page]
        shown = (*DESCRIBED, "TransformEndTime", "FailureReason")
        summaries = [{key: one[key] for key in shown if key in one} for one in described]
        return answer_of("TransformJobSummaries", summaries, token)

    def stop_transform_job(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """StopTransformJob: Stopping, then Stopped.

        The words for a job that has ended are those of a training job (awslabs/benchmark-ai issue 928).
        """
        with self._tables.lock:
            job = self._find(params["TransformJobName"])
            if job.status not in LIVE:
                raise refused(f"The request was rejected because the transform job is in status {job.status}.")
            self._become(job, "Stopping")
        return {}

    def _find(self, name: str) -> TransformJob:
        job = self._tables.transform_jobs.peek(name)
        if job is None:
            raise refused(f"Could not find requested job with name: {name}")
        return job

    def _check_input(self, params: Mapping[str, Any]) -> None:
        """Refuse a prefix without an object, in AWS's words (aws/amazon-sagemaker-examples issue 2414)."""
        source = params["TransformInput"]["DataSource"]["S3DataSource"]
        if source["S3DataType"] != "S3Prefix":
            return
        with self._tables.lock:
            role = self._tables.models.find(params["ModelName"]).request.get("ExecutionRoleArn")
        uri = source["S3Uri"]
        try:
            found = self._dependencies.services.objects.acting_as(role).listed(uri)
        except (ObjectMissing, ObjectDenied):
            found = []
        if not found:
            raise refused(no_objects(uri, role, self._tables.arns.region))

    def _check_quota(self, wanted: Mapping[str, Any]) -> None:
        instance_type, delta = wanted["InstanceType"], wanted["InstanceCount"]
        limit = self._dependencies.settings.instance_limits.get(instance_type)
        live = [one.request["TransformResources"] for one in self._tables.transform_jobs if one.status in LIVE]
        used = sum(one["InstanceCount"] for one in live if one["InstanceType"] == instance_type)
        if limit is not None and used + delta > limit:
            text = exceeded(f"{instance_type} for transform job usage", limit, used, delta)
            raise SageMakerError("ResourceLimitExceeded", text)

    def _become(self, job: TransformJob, status: TransformJobStatus, reason: str | None = None) -> None:
        """Change a job's status; the caller holds the lock."""
        job.status, job.modified = status, self._dependencies.clock.now()
        job.failure_reason = reason[:MAX_REASON] if reason else None
        if status not in LIVE:
            job.ended = job.modified
        self._dependencies.announcer.transform_job(job)

    def _run(self, job: TransformJob, model: Model) -> None:
        begun = self._dependencies.clock.now()
        status, reason = self._transformed(job, model)
        wait_since(begun, self._dependencies.settings.creation_seconds, self._dependencies.clock)
        with self._tables.lock:
            if self._tables.transform_jobs.peek(job.name) is job:  # a reset ends it
                # Stopped while it ended: StopTransformJob has said Stopping.
                stopped = job.status == "Stopping" and status == "Completed"
                self._become(job, "Stopped" if stopped else status, reason)
        self._dependencies.announcer.flush()

    def _transformed(self, job: TransformJob, model: Model) -> tuple[TransformJobStatus, str | None]:
        try:
            self._transform(job, model)
        except Stopped:
            return "Stopped", None
        except (TransformFailed, HostingFailed) as error:
            return "Failed", _reason(str(error))
        except Exception as error:  # a bug: it must show on the job, not vanish with the thread
            logger.exception("the transform job %s broke", job.name)
            return "Failed", f"Internal error of the local SageMaker: {type(error).__name__}: {error}"
        return "Completed", None

    def _transform(self, job: TransformJob, model: Model) -> None:
        services, faults = self._dependencies.services, self._dependencies.faults
        instance_type = job.request["TransformResources"]["InstanceType"]
        if fault := faults.take("NoCapacity", endpoint_name=job.name, instance_type=instance_type):
            raise TransformFailed(f"CapacityError: {fault.message or NO_CAPACITY}")
        if fault := faults.take("PingFailed", endpoint_name=job.name, instance_type=instance_type):
            raise TransformFailed(fault.message or "AlgorithmError: See job logs for more information")
        instance_id = f"i-{uuid.uuid4().hex[:17]}-{int(self._dependencies.clock.now().timestamp() * 1000)}"
        container = services.start_container(_spec(job, model, instance_id))
        try:
            with self._tables.lock:
                job.started = self._dependencies.clock.now()
            role = model.request.get("ExecutionRoleArn")
            data_log = DataLog(services.logs.acting_as(role), f"{job.name}/{instance_id}/data-log")
            run = JobServices(
                services.objects.acting_as(role),
                services.payloads.acting_as(role),
                data_log.write,
                lambda: job.status == "Stopping",
            )
            TransformRun(job.request, container, run)()
        finally:
            self._measure(f"{job.name}/{instance_id}", container)
            container.stop()

    def _measure(self, host: str, container: HostedContainer) -> None:
        """Publish what the container used (DG "SageMaker AI jobs and endpoint metrics": dimension Host)."""
        used: Utilization | None = container.utilization()
        if used is None:
            return
        for name, value in (("CPUUtilization", used.cpu), ("MemoryUtilization", used.memory)):
            self._dependencies.services.metrics.put(LOG_GROUP, name, value, "Percent", {"Host": host})


class DataLog:
    """The data-log stream of one job's instance; what cannot be written is lost, as with a container's log."""

    def __init__(self, logs: Logs, stream: str) -> None:
        self._logs = logs
        self._stream = stream

    def write(self, lines: list[str]) -> None:
        """Append lines."""
        try:
            self._logs.write(LOG_GROUP, self._stream, lines)
        except Exception:  # a log that cannot be written does not fail the job
            logger.exception("%d lines of the data log were lost", len(lines))


def _spec(job: TransformJob, model: Model, instance_id: str) -> ContainerSpec:
    container = model.containers[0]
    uri = model_data_uri(container)
    return ContainerSpec(
        endpoint_name=job.name,
        variant_name="transform",
        instance_id=instance_id,
        image=container["Image"],
        model_data=ModelData(uri) if uri else None,
        environment={**container.get("Environment", {}), **environment_of(job.request)},
        instance_type=job.request["TransformResources"]["InstanceType"],
        role_arn=model.request.get("ExecutionRoleArn"),
        transform_job=job.name,
    )


def _described(job: TransformJob) -> dict[str, Any]:
    times = {"TransformStartTime": job.started, "TransformEndTime": job.ended}
    return {
        **job.request,
        "TransformJobArn": job.arn,
        "TransformJobStatus": job.status,
        "CreationTime": job.created.timestamp(),
        "LastModifiedTime": job.modified.timestamp(),
        **({"FailureReason": job.failure_reason} if job.failure_reason else {}),
        **{name: moment.timestamp() for name, moment in times.items() if moment},
    }


def _reason(text: str) -> str:
    """Return a FailureReason: SageMaker says of each who caused it."""
    return text if text.partition(":")[0].endswith("Error") else f"ClientError: {text}"
