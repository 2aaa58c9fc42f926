"""CreateTransformJob: start the job, or find that the same request has one.

A job's name cannot be used again, whatever became of the job: after one that failed or was stopped, the name gets a
number. `<name>-2` is the second attempt of the same content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict

from slipway.aws.sagemaker import Request, Tags
from slipway.batch.errors import TooManyTransformJobs, TransformJobNameTaken
from slipway.deployment.deployment import Deployment
from slipway.deployment.names import content_addressed_name
from slipway.deployment.tags import TRANSFORM_DATA, transform_tags
from slipway.errors import AlreadyExists, NotFound, NotVisibleYet
from slipway.hosting.requests import agrees

MAX_ATTEMPTS = 60  # one each ten minutes, of what may take eight hours, and some
MAX_NAME = 63
LIVE = frozenset({"InProgress", "Completed"})


class TransformJobs(Protocol):
    """SageMaker's transform jobs.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def create(self, request: Request, tags: Tags) -> str:
        """Return the new job's ARN. Raises `AlreadyExists` and `QuotaExceeded`."""

    def describe(self, name: str) -> dict[str, Any]:
        """Return DescribeTransformJob's answer. Raises `NotFound`."""

    def tags(self, arn: str) -> dict[str, str]:
        """Return a job's tags."""

    def in_progress(self, since: Any) -> list[str]:
        """Return the names of the jobs that run and were created at an instant or later."""

    def stop(self, name: str) -> None:
        """Stop a job; one that has ended is no error."""


class CreateTransformJobOutput(TypedDict):
    """The job that now exists; `IsNew` says that this call, or an earlier attempt of it, created it."""

    TransformJobName: str
    TransformJobArn: str
    IsNew: bool


def create_transform_job(deployment: Deployment, model_name: str, jobs: TransformJobs) -> CreateTransformJobOutput:
    """Create the job, or find the one that the same request has started, or has completed.

    Raises `TransformJobNameTaken`, `TooManyTransformJobs`, `QuotaExceeded`, and `NotVisibleYet` for a job that another
    execution created meanwhile.
    """
    assert deployment.artifact is not None
    data = deployment.artifact["Data"]
    request = {**deployment.plan["Transform"], "ModelName": model_name}
    content = {**request, "Data": data["Digest"]}
    name = deployment.plan.get("TransformJobName") or content_addressed_name(deployment.endpoint_name, content)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        numbered = _numbered(name, attempt)
        try:
            found = jobs.describe(numbered)
        except NotFound:
            return _created(deployment, {"TransformJobName": numbered, **request}, data["Digest"], jobs)
        tags = jobs.tags(found["TransformJobArn"])
        if not agrees(request, found) or tags.get(TRANSFORM_DATA) != data["Digest"]:
            raise TransformJobNameTaken(
                f"A transform job named {numbered} exists with different content: choose another TransformJobName, or "
                "leave it out, and the name is made from the content."
            )
        if found["TransformJobStatus"] in LIVE:
            return _output(found, is_new=deployment.created(tags))
    raise TooManyTransformJobs(
        f"The jobs {name} to {_numbered(name, MAX_ATTEMPTS)} failed or were stopped: find out why, and start again "
        "under another TransformJobName."
    )


def _created(deployment: Deployment, request: Request, digest: str, jobs: TransformJobs) -> CreateTransformJobOutput:
    try:
        arn = jobs.create(request, [*deployment.tags, *transform_tags(digest)])
    except AlreadyExists as meanwhile:
        # By another execution of the same content, or by this one, whose answer was lost.
        raise NotVisibleYet(str(meanwhile)) from meanwhile
    return _output({**request, "TransformJobArn": arn}, is_new=True)


def _output(job: Mapping[str, Any], *, is_new: bool) -> CreateTransformJobOutput:
    return CreateTransformJobOutput(
        TransformJobName=job["TransformJobName"], TransformJobArn=job["TransformJobArn"], IsNew=is_new
    )


def _numbered(name: str, attempt: int) -> str:
    """Return the name of an attempt, within what a job's name may have."""
    suffix = "" if attempt == 1 else f"-{attempt}"
    return name[: MAX_NAME - len(suffix)].rstrip("-") + suffix
