"""Training jobs that were trained elsewhere, and how they are made known."""

from __future__ import annotations

import json
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
