"""StopUnfinishedTransform: stop what an execution that was stopped, or timed out, has running."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slipway.batch.create_transform_job import TransformJobs
from slipway.deployment.tags import EXECUTION
from slipway.errors import NotFound


def stop_unfinished_transform(event: Mapping[str, Any], jobs: TransformJobs) -> list[str]:
    """Stop the jobs that the execution of Step Functions' event created; return their names.

    The execution's own states stop its job where they can: this is for ends that no state sees.
    """
    detail = event["detail"]
    started = datetime.fromtimestamp(detail["startDate"] / 1000, UTC)
    return [name for name in jobs.in_progress(started) if _stopped(name, detail["executionArn"], jobs)]


def _stopped(name: str, execution_arn: str, jobs: TransformJobs) -> bool:
    try:
        tags = jobs.tags(jobs.describe(name)["TransformJobArn"])
    except NotFound:
        return False
    if tags.get(EXECUTION) != execution_arn:
        return False
    jobs.stop(name)
    return True
