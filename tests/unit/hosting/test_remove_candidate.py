"""RemoveCandidate: this execution's candidate, and what executions left that do not run any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipway.deployment.tags import CANDIDATE_OF, EXECUTION, STACK
from slipway.hosting.candidates import CandidateServices
from slipway.hosting.create_candidate import create_candidate
from slipway.hosting.remove_candidate import RemoveCandidateOutput, remove_candidate, remove_left_candidates
from tests.fakes.sagemaker import ACCOUNT, FakeSageMaker
from tests.unit.deployments import Deployment

TESTED: dict[str, Any] = {"SmokeTest": {"PayloadUrl": "s3://samples/digit.csv", "ContentType": "text/csv"}}


def aws(sagemaker: FakeSageMaker) -> CandidateServices:
    return CandidateServices(sagemaker, sagemaker.describe_execution)


@pytest.fixture
def deployment(sagemaker: FakeSageMaker) -> Deployment:
    """A deployment whose candidate is there."""
    Deployment(sagemaker, "first", minutes=-30).deploy()
    second = Deployment(sagemaker, "second", etag="two", **TESTED)
    create_candidate(second.context(), second.config()["EndpointConfigName"], aws(sagemaker))
    return second


def remove(deployment: Deployment, *, was_seen: bool = False) -> RemoveCandidateOutput:
    services = aws(deployment.sagemaker)
    return remove_candidate(deployment.context(), services, lambda _type, count: 0.36 * count, was_seen=was_seen)


def candidates(sagemaker: FakeSageMaker) -> list[str]:
    names = [*sagemaker.names("endpoint"), *sagemaker.names("endpoint-config")]
    return [name for name in names if "-candidate-" in name]


def test_a_candidate_is_removed_in_turns_until_nothing_of_it_is_there(
    sagemaker: FakeSageMaker, deployment: Deployment
) -> None:
    assert remove(deployment)["IsBusy"]  # Creating, which SageMaker does not delete
    assert len(candidates(sagemaker)) == 2
    sagemaker.settle()
    assert remove(deployment)["IsBusy"]
    assert remove(deployment)["IsBusy"]  # Deleting
    sagemaker.settle()

    assert remove(deployment) == {"Removed": [], "IsBusy": False}
    assert candidates(sagemaker) == []
    assert remove(deployment) == {"Removed": [], "IsBusy": False}


def test_the_time_of_a_candidate_and_its_cost_are_returned(sagemaker: FakeSageMaker, deployment: Deployment) -> None:
    name = candidates(sagemaker)[0]
    running = {"VariantName": "AllTraffic", "CurrentInstanceCount": 1}
    sagemaker._resources[f"{ACCOUNT}:endpoint/{name}"] |= {
        "CreationTime": datetime.now(UTC) - timedelta(minutes=10),
        "ProductionVariants": [running],
    }

    output = remove(deployment)

    assert (output["Seconds"], output["EstimatedCost"]) == (600, 0.06)  # 10 minutes of 0.36 dollars an hour


def test_an_endpoint_that_is_not_visible_yet_is_waited_for(sagemaker: FakeSageMaker, deployment: Deployment) -> None:
    name = candidates(sagemaker)[0]
    config = sagemaker._resources[f"{ACCOUNT}:endpoint-config/{name}"]
    endpoint = sagemaker._resources.pop(f"{ACCOUNT}:endpoint/{name}")
    config["CreationTime"] = datetime.now(UTC)
    config_arn = config["EndpointConfigArn"]

    assert remove(deployment)["IsBusy"]
    assert config_arn in sagemaker._resources
    sagemaker._resources[f"{ACCOUNT}:endpoint/{name}"] = {**endpoint, "EndpointStatus": "InService"}
    assert remove(deployment)["IsBusy"]
    sagemaker.settle()
    assert not remove(deployment, was_seen=True)["IsBusy"]
    assert candidates(sagemaker) == []


@pytest.mark.parametrize(("status", "is_left"), [("RUNNING", False), ("ABORTED", True), ("FAILED", True)])
def test_what_another_execution_has_is_removed_once_it_has_ended(
    sagemaker: FakeSageMaker, deployment: Deployment, status: str, is_left: bool
) -> None:
    sagemaker.settle()
    sagemaker.end_execution(deployment.execution["Id"], status)
    third = Deployment(sagemaker, "third", etag="three", **TESTED)

    removed = remove_left_candidates(third.context(), aws(sagemaker))
    sagemaker.settle()

    assert bool(removed) == is_left
    assert bool(candidates(sagemaker)) != is_left


@pytest.mark.parametrize("changed", [{CANDIDATE_OF: "other"}, {STACK: "other"}, {EXECUTION: "arn:execution:other"}])
def test_tags_that_anyone_may_write_do_not_make_a_candidate(
    sagemaker: FakeSageMaker, deployment: Deployment, changed: dict[str, str]
) -> None:
    sagemaker.settle()
    name = candidates(sagemaker)[0]
    sagemaker._tags[f"{ACCOUNT}:endpoint-config/{name}"] |= changed

    assert remove(deployment) == {"Removed": [], "IsBusy": False}
    assert len(candidates(sagemaker)) == 2
