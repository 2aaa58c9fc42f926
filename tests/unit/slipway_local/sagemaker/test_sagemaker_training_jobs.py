"""Training jobs that were trained elsewhere, and how they are made known."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, START, World

from slipway_local.sagemaker import Control

ARTIFACT = "s3://models/job/output/model.tar.gz"
JOB = {
    "ModelArtifacts": {"S3ModelArtifacts": ARTIFACT},
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
}


def register(world: World, name: str, body: Any) -> tuple[int, dict[str, Any]]:
    path = f"/_slipway/sagemaker/training-jobs/{name}"
    status, _, answer = Control(world.sagemaker).answer("PUT", path, json.dumps(body).encode())
    return status, json.loads(answer)


def test_a_registered_job_is_described_as_it_ended(world: World) -> None:
    assert register(world, "my-job", JOB)[0] == 201

    assert world.call("DescribeTrainingJob", TrainingJobName="my-job") == {
        **JOB,
        "TrainingJobName": "my-job",
        "TrainingJobArn": f"{PREFIX}training-job/my-job",
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "CreationTime": START.timestamp(),
        "LastModifiedTime": START.timestamp(),
    }


def test_registering_a_job_again_replaces_it(world: World) -> None:
    register(world, "my-job", JOB | {"TrainingJobStatus": "InProgress"})
    assert world.call("DescribeTrainingJob", TrainingJobName="my-job")["SecondaryStatus"] == "Training"

    register(world, "my-job", JOB)

    assert world.call("DescribeTrainingJob", TrainingJobName="my-job")["TrainingJobStatus"] == "Completed"


def test_an_unregistered_job_is_missing_with_awss_message(world: World) -> None:
    assert world.refused("DescribeTrainingJob", TrainingJobName="my-job") == "Requested resource not found."


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("my-job", {}, "Value null at 'modelArtifacts' failed to satisfy constraint: Member must not be null"),
        ("my_job", JOB, "Member must satisfy regular expression pattern"),
        ("my-job", JOB | {"TrainingJobStatus": "Done"}, "Member must satisfy enum value set"),
        ("my-job", JOB | {"Nonsense": 1}, 'Unknown parameter in input: "Nonsense"'),
        ("my-job", [], "must be a JSON object"),
    ],
    ids=["no artifact", "name", "status", "unknown", "no object"],
)
def test_an_invalid_job_is_refused(world: World, name: str, body: Any, words: str) -> None:
    status, answer = register(world, name, body)

    assert status == 400
    assert words in answer["message"]
    assert world.refusal("DescribeTrainingJob", TrainingJobName=name).code == "ValidationException"


def test_a_reset_forgets_jobs(world: World) -> None:
    register(world, "my-job", JOB)

    world.sagemaker.reset()

    assert world.refused("DescribeTrainingJob", TrainingJobName="my-job") == "Requested resource not found."


def listed(world: World, **params: Any) -> list[str]:
    return [job["TrainingJobName"] for job in world.call("ListTrainingJobs", **params)["TrainingJobSummaries"]]


def test_jobs_are_listed_by_name_time_and_status(world: World) -> None:
    for number, status in enumerate(("Completed", "Failed", "Completed")):
        register(world, f"job-{number}", JOB | {"TrainingJobStatus": status})
        world.clock.time += timedelta(minutes=1)
    register(world, "other", JOB | {"WarmPoolStatus": {"Status": "Available"}, "CreationTime": 1700000000})

    assert listed(world) == ["other", "job-0", "job-1", "job-2"]  # SortOrder: "The default is Ascending"
    assert listed(world, SortBy="Name", SortOrder="Descending") == ["other", "job-2", "job-1", "job-0"]
    assert listed(world, NameContains="job") == ["job-0", "job-1", "job-2"]
    assert listed(world, CreationTimeAfter=START.timestamp() + 60) == ["job-1", "job-2"]
    assert listed(world, StatusEquals="Failed") == ["job-1"]
    assert listed(world, WarmPoolStatusEquals="Available") == ["other"]
    assert listed(world, WarmPoolStatusEquals="InUse") == []


def test_a_page_of_jobs_is_filtered_by_status_after_it_was_taken(world: World) -> None:
    """ListTrainingJobs: "the MaxResults number of training jobs are first retrieved ignoring the StatusEquals"."""
    for number, status in enumerate(("Completed", "Failed", "Completed")):
        register(world, f"job-{number}", JOB | {"TrainingJobStatus": status})
        world.clock.time += timedelta(minutes=1)

    first = world.call("ListTrainingJobs", StatusEquals="Failed", MaxResults=1)

    assert first["TrainingJobSummaries"] == []
    assert listed(world, StatusEquals="Failed", MaxResults=1, NextToken=first["NextToken"]) == ["job-1"]


def test_the_summary_of_a_job_says_how_it_ended(world: World) -> None:
    register(world, "my-job", JOB | {"TrainingEndTime": 1700000000})

    assert world.call("ListTrainingJobs") == {
        "TrainingJobSummaries": [
            {
                "TrainingJobName": "my-job",
                "TrainingJobArn": f"{PREFIX}training-job/my-job",
                "TrainingJobStatus": "Completed",
                "SecondaryStatus": "Completed",
                "CreationTime": START.timestamp(),
                "LastModifiedTime": START.timestamp(),
                "TrainingEndTime": 1700000000,
            }
        ]
    }
