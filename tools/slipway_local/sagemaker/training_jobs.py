"""Training jobs, which are trained elsewhere: what registers them, and the operations that read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slipway_local.ports import Clock
from slipway_local.sagemaker.errors import refused
from slipway_local.sagemaker.listing import Listing, answer_of, by_creation, by_name
from slipway_local.sagemaker.models import Tables, TrainingJob
from slipway_local.sagemaker.validation.shapes import RequestShapes

# What SageMaker says when a job is where its status says; the API reference of DescribeTrainingJob pairs them.
SECONDARY = {"InProgress": "Training", "Deleting": "Completed"}
# The members of a TrainingJobSummary, where the job has them.
SUMMARY = (
    "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime", "TrainingJobStatus",
    "SecondaryStatus", "WarmPoolStatus", "TrainingPlanArn",
)  # fmt: skip


class TrainingJobs:
    """The operations of training jobs, and what fills them."""

    def __init__(self, tables: Tables, clock: Clock, shapes: RequestShapes) -> None:
        self._tables = tables
        self._clock = clock
        self._shapes = shapes
        # The API reference of ListTrainingJobs, SortOrder: "The default is Ascending".
        self._listing: Listing[TrainingJob] = Listing(
            {"Name": by_name, "CreationTime": by_creation, "Status": lambda job: job.status}, "Ascending"
        )

    def register(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a job as DescribeTrainingJob is to answer it, in place of one of the same name.

        Name, ARN, times, SecondaryStatus and StoppingCondition are filled in where they are missing; everything else
        that the shape requires must be there. Raises `SageMakerError` for what the shape does not allow.
        """
        now, status = self._clock.now().timestamp(), fields.get("TrainingJobStatus", "Completed")
        job = {
            "TrainingJobArn": self._tables.training_jobs.arn(name),
            "TrainingJobStatus": status,
            "SecondaryStatus": SECONDARY.get(status, status),
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "CreationTime": now,
            "LastModifiedTime": now,
            **fields,
            "TrainingJobName": name,
        }
        checked = self._shapes.checked_answer("DescribeTrainingJob", job)
        created, modified = (datetime.fromtimestamp(checked[key], UTC) for key in ("CreationTime", "LastModifiedTime"))
        with self._tables.lock:
            self._tables.training_jobs.remove(name)
            self._tables.training_jobs.add(
                TrainingJob(name, checked["TrainingJobArn"], created, checked, modified=modified)
            )
        return checked

    def describe_training_job(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob; a job that is not there is a ValidationException, as boto3 issue 2808 shows."""
        with self._tables.lock:
            job = self._tables.training_jobs.peek(params["TrainingJobName"])
            if job is None:
                raise refused("Requested resource not found.")
            return dict(job.request)

    def list_training_jobs(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """ListTrainingJobs.

        StatusEquals with MaxResults filters the page and not the jobs: "the MaxResults number of training jobs are
        first retrieved ignoring the StatusEquals parameter" (its API reference).
        """
        status = params.get("StatusEquals") if "MaxResults" in params else None
        paged = {key: value for key, value in params.items() if status is None or key != "StatusEquals"}
        with self._tables.lock:
            jobs = [job for job in self._tables.training_jobs.seen() if _has(job, params)]
            page, token = self._listing.page(jobs, paged)
            shown = [job.request for job in page if status in {None, job.status}]
        summaries = [{key: job[key] for key in SUMMARY if key in job} for job in shown]
        return answer_of("TrainingJobSummaries", summaries, token)


def _has(job: TrainingJob, params: Mapping[str, Any]) -> bool:
    found = {
        "WarmPoolStatusEquals": job.request.get("WarmPoolStatus", {}).get("Status"),
        "TrainingPlanArnEquals": job.request.get("TrainingPlanArn"),
    }
    return all(params.get(name, value) == value for name, value in found.items())
