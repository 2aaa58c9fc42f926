"""SageMaker's transform jobs over boto3."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from slipway.aws.errors import aws_errors
from slipway.aws.sagemaker import Request, Tags
from slipway.errors import AlreadyExists, AwsRefused, EndpointBusy

ENDED = "is in status"  # of what StopTransformJob refuses: "... because the transform job is in status Completed."


class Boto3TransformJobs:
    """Implements `slipway.batch.create_transform_job.TransformJobs`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, request: Request, tags: Tags) -> str:
        try:
            with aws_errors():
                return str(self._client.create_transform_job(**request, Tags=tags)["TransformJobArn"])
        except EndpointBusy as in_use:  # ResourceInUse is how SageMaker calls a job's name that was used before
            raise AlreadyExists(str(in_use)) from in_use

    def describe(self, name: str) -> dict[str, Any]:
        with aws_errors():
            return dict(self._client.describe_transform_job(TransformJobName=name))

    def tags(self, arn: str) -> dict[str, str]:
        with aws_errors():
            pages = self._client.get_paginator("list_tags").paginate(ResourceArn=arn)
            return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def in_progress(self, since: datetime) -> list[str]:
        with aws_errors():
            pages = self._client.get_paginator("list_transform_jobs").paginate(
                StatusEquals="InProgress", CreationTimeAfter=since, MaxResults=100
            )
            return [str(job["TransformJobName"]) for page in pages for job in page["TransformJobSummaries"]]

    def stop(self, name: str) -> None:
        try:
            with aws_errors():
                self._client.stop_transform_job(TransformJobName=name)
        except AwsRefused as refused:
            if ENDED not in str(refused):
                raise
