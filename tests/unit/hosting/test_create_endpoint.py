"""CreateEndpoint: every path of it, and every path taken twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from slipway.deployment.endpoint_status import BUSY
from slipway.deployment.tags import EXECUTION, IN_SERVICE_AT, owner_of
from slipway.errors import (
    AlreadyExists,
    AwsRefused,
    DeadlineExceeded,
    EndpointBusy,
    NewerDeploymentInPlace,
    NotFound,
    QuotaExceeded,
    ServiceUnavailable,
    SlipwayError,
)
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment


@pytest.fixture
def served(sagemaker: FakeSageMaker) -> Deployment:
    """A first deployment, which serves."""
    deployment = Deployment(sagemaker, "first", minutes=-30)
    deployment.deploy()
    return deployment


def second(sagemaker: FakeSageMaker, **fields: object) -> Deployment:
    return Deployment(sagemaker, "second", etag="two", **fields)  # type: ignore[arg-type]


def test_an_endpoint_that_is_not_there_is_created(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)

    endpoint = deployment.endpoint()

    assert endpoint["Action"] == "Created"
    assert sagemaker.describe_endpoint("digits")["EndpointStatus"] == "Creating"
    assert sagemaker.tags(endpoint["EndpointArn"])[EXECUTION] == deployment.execution["Id"]


@pytest.mark.parametrize("settled", [False, True], ids=["Creating", "InService"])
def test_a_creation_whose_answer_was_lost_is_recognised(sagemaker: FakeSageMaker, settled: bool) -> None:
    deployment = Deployment(sagemaker)
    sagemaker.faults.lose("create_endpoint")

    with pytest.raises(ServiceUnavailable):
        deployment.endpoint()
    if settled:
        sagemaker.settle()

    assert deployment.endpoint()["Action"] == "Created"
    assert sagemaker.changes.count("create_endpoint") == 1


def test_an_endpoint_that_was_created_in_the_same_moment_is_waited_for(sagemaker: FakeSageMaker) -> None:
    sagemaker.faults.fail("create_endpoint", AlreadyExists("Cannot create already existing endpoint"))

    assert Deployment(sagemaker).endpoint()["Action"] == "Busy"


def test_an_endpoint_that_serves_something_else_is_updated(sagemaker: FakeSageMaker, served: Deployment) -> None:
    endpoint = second(sagemaker).endpoint()

    described = sagemaker.describe_endpoint("digits")
    assert endpoint["Action"] == "Updated"
    assert described["EndpointStatus"] == "Updating"
    assert described["PendingDeploymentSummary"]["EndpointConfigName"] == endpoint["EndpointConfigName"]
    assert described["EndpointConfigName"] != endpoint["EndpointConfigName"]


@pytest.mark.parametrize("settled", [False, True], ids=["Updating", "InService"])
def test_an_update_whose_answer_was_lost_is_recognised(
    sagemaker: FakeSageMaker, served: Deployment, settled: bool
) -> None:
    deployment = second(sagemaker)
    sagemaker.faults.lose("update_endpoint")

    with pytest.raises(ServiceUnavailable):
        deployment.endpoint()
    if settled:
        sagemaker.settle()

    assert deployment.endpoint()["Action"] == "Updated"
    assert sagemaker.changes.count("update_endpoint") == 1


def test_an_update_to_the_configuration_of_an_earlier_deployment_whose_answer_was_lost_is_recognised(
    sagemaker: FakeSageMaker, served: Deployment
) -> None:
    second(sagemaker, minutes=-20).deploy()
    again = Deployment(sagemaker, "third", minutes=-10)
    sagemaker.faults.lose("update_endpoint")

    with pytest.raises(ServiceUnavailable):
        again.endpoint()

    assert again.endpoint()["Action"] == "Updated"


def test_an_update_is_begun_on_an_endpoint_with_fifty_tags_too(sagemaker: FakeSageMaker, served: Deployment) -> None:
    deployment = second(sagemaker)
    config = deployment.config()
    sagemaker.faults.fail("add_tags", AwsRefused("A resource has 50 tags at most."))

    assert deployment.turn(config)["Action"] == "Updated"


@pytest.mark.parametrize("status", ["OutOfService", "UpdateRollbackFailed"])
def test_an_endpoint_that_does_not_serve_well_is_updated(
    sagemaker: FakeSageMaker, served: Deployment, status: str
) -> None:
    sagemaker.force_status("digits", status)

    assert second(sagemaker).endpoint()["Action"] == "Updated"


def test_the_same_deployment_again_changes_nothing(sagemaker: FakeSageMaker, served: Deployment) -> None:
    endpoint = Deployment(sagemaker, "again").endpoint()

    assert endpoint["Action"] == "AlreadyDeployed"
    assert sagemaker.describe_endpoint("digits")["EndpointStatus"] == "InService"
    assert "update_endpoint" not in sagemaker.calls


def test_the_same_deployment_at_the_same_time_waits_for_the_first(sagemaker: FakeSageMaker) -> None:
    Deployment(sagemaker, "first").endpoint()
    twin = Deployment(sagemaker, "twin", minutes=1)

    assert twin.endpoint()["Action"] == "Busy"
    sagemaker.settle()
    assert twin.endpoint()["Action"] == "AlreadyDeployed"


@pytest.mark.parametrize("status", sorted(BUSY))
def test_a_busy_endpoint_is_waited_for(sagemaker: FakeSageMaker, served: Deployment, status: str) -> None:
    sagemaker.force_status("digits", status)

    assert second(sagemaker).endpoint()["Action"] == "Busy"
    assert "update_endpoint" not in sagemaker.calls


def test_an_endpoint_that_became_busy_in_between_is_waited_for(sagemaker: FakeSageMaker, served: Deployment) -> None:
    sagemaker.faults.fail("update_endpoint", EndpointBusy("Cannot update in-progress endpoint"))

    assert second(sagemaker).endpoint()["Action"] == "Busy"


def test_an_endpoint_that_stays_busy_past_the_deadline_is_given_up(
    sagemaker: FakeSageMaker, served: Deployment
) -> None:
    sagemaker.force_status("digits", "SystemUpdating")

    with pytest.raises(DeadlineExceeded) as caught:
        second(sagemaker, minutes=-11, DeadlineMinutes=10).endpoint()

    assert str(caught.value) == (
        "The endpoint digits stayed busy until the deadline: wait for it to settle and deploy again, "
        "or raise DeadlineMinutes."
    )


def test_a_failed_endpoint_is_deleted_and_created_again(sagemaker: FakeSageMaker) -> None:
    sagemaker.fail_next("It did not pass the ping health check.")
    maker = Deployment(sagemaker, "first", minutes=-30)
    maker.deploy()
    sagemaker.end_execution(maker.execution["Id"], "FAILED")
    deployment = second(sagemaker)

    turns = []
    for _ in range(3):
        turns.append(deployment.endpoint()["Action"])
        sagemaker.settle()

    assert turns == ["Busy", "Created", "Created"]
    assert sagemaker.describe_endpoint("digits")["EndpointStatus"] == "InService"


@pytest.mark.parametrize("error", [EndpointBusy("Cannot update in-progress endpoint"), None], ids=["busy", "gone"])
def test_a_failed_endpoint_that_another_caller_deletes_is_waited_for(
    sagemaker: FakeSageMaker, error: SlipwayError | None
) -> None:
    sagemaker.fail_next("It did not pass the ping health check.")
    Deployment(sagemaker, "first", minutes=-30).deploy()
    if error:
        sagemaker.faults.fail("delete_endpoint", error)

    assert second(sagemaker).endpoint()["Action"] == "Busy"


def test_a_failure_of_its_own_is_left_to_be_explained(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker)
    sagemaker.fail_next("It did not pass the ping health check.")
    deployment.endpoint()
    sagemaker.settle()

    assert deployment.endpoint()["Action"] == "Created"
    assert sagemaker.describe_endpoint("digits")["EndpointStatus"] == "Failed"


@pytest.mark.parametrize(
    ("minutes", "status", "action"),
    [(9, "RUNNING", "Busy"), (11, "RUNNING", "Created"), (1, "FAILED", "Created"), (1, "ABORTED", "Created")],
)
@pytest.mark.parametrize("start", [-30, 30], ids=["older", "newer"])
def test_a_failed_endpoint_is_left_to_the_execution_that_made_it_while_that_runs_for_ten_minutes(
    sagemaker: FakeSageMaker, minutes: int, status: str, action: str, start: int
) -> None:
    sagemaker.now = datetime.now(UTC) - timedelta(minutes=minutes)
    sagemaker.fail_next("It did not pass the ping health check.")
    maker = Deployment(sagemaker, "first")
    maker.endpoint()
    sagemaker.settle()
    sagemaker.end_execution(maker.execution["Id"], status)
    other = second(sagemaker, minutes=start)

    other.endpoint()
    sagemaker.settle()

    assert other.endpoint()["Action"] == action


def test_the_maker_of_a_configuration_does_not_wait_for_itself_where_another_execution_failed_with_it(
    sagemaker: FakeSageMaker,
) -> None:
    sagemaker.now = datetime.now(UTC)
    maker = Deployment(sagemaker, "first")
    config = maker.config()
    other = Deployment(sagemaker, "second")
    sagemaker.fail_next("It did not pass the ping health check.")
    other.deploy()
    sagemaker.end_execution(other.execution["Id"], "ABORTED")

    turns = []
    for _ in range(2):
        turns.append(maker.turn(config)["Action"])
        sagemaker.settle()

    assert turns == ["Busy", "Created"]


def test_a_deployment_that_comes_late_does_not_replace_a_newer_one(
    sagemaker: FakeSageMaker, served: Deployment
) -> None:
    with pytest.raises(NewerDeploymentInPlace):
        second(sagemaker, minutes=-60).endpoint()

    assert "update_endpoint" not in sagemaker.calls


def test_an_older_deployment_of_the_same_content_creates_the_endpoint_that_was_deleted(
    sagemaker: FakeSageMaker, served: Deployment
) -> None:
    config = served.config()
    sagemaker.add_tags(config["EndpointConfigArn"], [{"Key": IN_SERVICE_AT, "Value": "2026-11-01T12:00:00Z"}])
    sagemaker.delete_endpoint("digits")
    sagemaker.settle()

    with pytest.raises(NewerDeploymentInPlace):
        second(sagemaker, minutes=-60).endpoint()
    assert Deployment(sagemaker, "older", minutes=-60).endpoint()["Action"] == "Created"


@pytest.mark.parametrize(("is_in_service", "action"), [(True, "AlreadyDeployed"), (False, "Busy")])
def test_a_request_that_was_deleted_with_the_configuration_is_marked_again(
    sagemaker: FakeSageMaker, served: Deployment, is_in_service: bool, action: str
) -> None:
    newest = second(sagemaker, minutes=-10)
    config = newest.config()
    sagemaker.delete_endpoint_config(config["EndpointConfigName"])
    Deployment(sagemaker, "older", etag="two", minutes=-20).endpoint()
    if is_in_service:
        sagemaker.settle()

    assert newest.turn(config)["Action"] == action
    sagemaker.settle()

    with pytest.raises(NewerDeploymentInPlace):
        Deployment(sagemaker, "between", etag="three", minutes=-15).endpoint()


def test_a_configuration_that_an_older_deployment_created_again_belongs_to_the_newer_one_that_waits_with_it(
    sagemaker: FakeSageMaker, served: Deployment
) -> None:
    newer = second(sagemaker, minutes=-10)
    config = newer.config()
    Deployment(sagemaker, "third", etag="three", minutes=-5).endpoint()
    sagemaker.delete_endpoint_config(config["EndpointConfigName"])
    Deployment(sagemaker, "older", etag="two", minutes=-20).config()

    assert newer.turn(config)["Action"] == "Busy"

    assert owner_of(sagemaker.tags(config["EndpointConfigArn"])) == newer.execution["Id"]


@pytest.mark.parametrize("error", [NotFound("Could not find endpoint configuration"), QuotaExceeded("The quota")])
@pytest.mark.parametrize("step", ["create_endpoint", "update_endpoint"])
def test_a_refusal_of_sagemaker_is_raised(sagemaker: FakeSageMaker, step: str, error: SlipwayError) -> None:
    if step == "update_endpoint":
        Deployment(sagemaker, minutes=-30).deploy()
    sagemaker.faults.fail(step, error)

    with pytest.raises(type(error)):
        second(sagemaker).endpoint()


def test_an_update_shifts_traffic_as_the_deployment_says(sagemaker: FakeSageMaker, served: Deployment) -> None:
    policy = {"RollingUpdatePolicy": {"MaximumBatchSize": {"Type": "INSTANCE_COUNT", "Value": 1}}}
    policy["RollingUpdatePolicy"]["WaitIntervalInSeconds"] = 60  # type: ignore[assignment]
    deployment = second(sagemaker)
    deployment.plan["DeploymentConfig"] = policy

    deployment.endpoint()

    assert sagemaker.updates[-1]["DeploymentConfig"] == policy
