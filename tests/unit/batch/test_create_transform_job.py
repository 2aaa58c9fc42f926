"""Which job a request gets: a new one, the one that it has, or the next number after one that failed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes.transform_jobs import FakeTransformJobs
from tests.unit.events import state_payload

from slipway.batch.create_transform_job import MAX_ATTEMPTS, create_transform_job
from slipway.batch.errors import TooManyTransformJobs, TransformJobNameTaken
from slipway.deployment.deployment import Deployment
from slipway.deployment.settings import Settings
from slipway.errors import AlreadyExists, NotVisibleYet

PAYLOAD = state_payload("create_transform_job")


def create(jobs: FakeTransformJobs, **plan: Any) -> dict[str, Any]:
    payload = {**PAYLOAD, "Plan": {**PAYLOAD["Plan"], **plan}}
    deployment = Deployment.of(payload, Settings(region="us-east-1", stack_name="slipway"))
    return dict(create_transform_job(deployment, payload["Model"]["ModelName"], jobs))


@pytest.fixture
def jobs() -> FakeTransformJobs:
    return FakeTransformJobs()


def test_the_job_is_created_with_tags_of_the_execution_and_its_data(jobs: FakeTransformJobs) -> None:
    created = create(jobs)
    assert created["IsNew"]
    job = jobs.jobs[created["TransformJobName"]]
    assert job["ModelName"] == PAYLOAD["Model"]["ModelName"]
    tags = jobs.tags_of[created["TransformJobArn"]]
    assert tags["slipway:execution"] == PAYLOAD["Execution"]["Id"]
    assert tags["slipway:transform-data"] == PAYLOAD["Artifact"]["Data"]["Digest"]


@pytest.mark.parametrize("status", ["InProgress", "Completed"])
def test_the_same_request_finds_its_job(jobs: FakeTransformJobs, status: str) -> None:
    first = create(jobs)
    jobs.end(first["TransformJobName"], status)
    assert create(jobs) == first
    assert len(jobs.jobs) == 1


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Stopping"])
def test_after_a_job_that_did_not_complete_comes_the_next_number(jobs: FakeTransformJobs, status: str) -> None:
    name = create(jobs, TransformJobName="a" * 63)["TransformJobName"]
    jobs.end(name, status)
    assert create(jobs, TransformJobName="a" * 63)["TransformJobName"] == "a" * 61 + "-2"


def test_attempts_are_bounded(jobs: FakeTransformJobs) -> None:
    for _ in range(MAX_ATTEMPTS):
        jobs.end(create(jobs, TransformJobName="july")["TransformJobName"], "Failed")
    with pytest.raises(TooManyTransformJobs, match="july to july-60"):
        create(jobs, TransformJobName="july")


def test_a_name_of_other_content_is_taken(jobs: FakeTransformJobs) -> None:
    create(jobs, TransformJobName="july")
    other = {**PAYLOAD["Plan"]["Transform"], "MaxPayloadInMB": 3}
    with pytest.raises(TransformJobNameTaken):
        create(jobs, TransformJobName="july", Transform=other)


def test_a_job_that_another_execution_creates_meanwhile_is_found_by_the_next_attempt(jobs: FakeTransformJobs) -> None:
    def taken(request: Any, tags: Any) -> str:
        raise AlreadyExists("Job name must be unique")

    jobs.create = taken  # type: ignore[method-assign]
    with pytest.raises(NotVisibleYet):
        create(jobs)
