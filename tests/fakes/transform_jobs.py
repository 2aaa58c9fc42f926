"""SageMaker's transform jobs in memory."""

from __future__ import annotations

from typing import Any

from slipway.aws.sagemaker import Request, Tags
from slipway.errors import AlreadyExists, NotFound

PREFIX = "arn:aws:sagemaker:us-east-1:111122223333:transform-job/"


class FakeTransformJobs:
    """Implements `TransformJobs`; `jobs` are descriptions by name."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.tags_of: dict[str, dict[str, str]] = {}
        self.stopped: list[str] = []

    def create(self, request: Request, tags: Tags) -> str:
        name = str(request["TransformJobName"])
        if name in self.jobs:
            raise AlreadyExists(name)
        arn = f"{PREFIX}{name}"
        self.jobs[name] = {**request, "TransformJobArn": arn, "TransformJobStatus": "InProgress"}
        self.tags_of[arn] = {tag["Key"]: tag["Value"] for tag in tags}
        return arn

    def describe(self, name: str) -> dict[str, Any]:
        if name not in self.jobs:
            raise NotFound(f"Could not find requested job with name: {name}")
        return self.jobs[name]

    def tags(self, arn: str) -> dict[str, str]:
        return self.tags_of[arn]

    def in_progress(self, since: Any) -> list[str]:
        return [name for name, job in self.jobs.items() if job["TransformJobStatus"] == "InProgress"]

    def stop(self, name: str) -> None:
        self.stopped.append(name)

    def end(self, name: str, status: str) -> None:
        """Let a job end."""
        self.jobs[name]["TransformJobStatus"] = status
