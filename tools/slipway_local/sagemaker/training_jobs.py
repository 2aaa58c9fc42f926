"""DescribeTrainingJob. Nothing is trained here: the control route registers jobs as they ended elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway_local.ports import Clock
from slipway_local.sagemaker.errors import refused
from slipway_local.sagemaker.records import TrainingJob
from slipway_local.sagemaker.shapes import RequestShapes
from slipway_local.sagemaker.tables import Tables

# What SageMaker says when a job is where its status says; the API reference of DescribeTrainingJob pairs them.
SECONDARY = {"InProgress": "Training", "Deleting": "Completed"}


class TrainingJobs:
    """The one training operation, and what fills it."""

    def __init__(self, tables: Tables, clock: Clock, shapes: RequestShapes) -> None:
        self._tables = tables
        self._clock = clock
        self._shapes = shapes

    def register(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a job as DescribeTrainingJob is to answer it, in place of one of the same name.

        Name, ARN, times, SecondaryStatus and StoppingCondition are filled in where they are missing; everything else
        that botocore's shape requires must be there. Raises `SageMakerError` for what the shape does not allow.
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
        with self._tables.lock:
            self._tables.training_jobs.remove(name)
            self._tables.training_jobs.add(TrainingJob(name, checked["TrainingJobArn"], self._clock.now(), checked))
        return checked

    def describe_training_job(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob; a job that is not there is a ValidationException, as boto3 issue 2808 shows."""
        with self._tables.lock:
            job = self._tables.training_jobs.peek(params["TrainingJobName"])
            if job is None:
                raise refused("Requested resource not found.")
            return dict(job.request)
