"""RestorePreviousConfig: what served before a failed test is put back, unless a newer deployment relies on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from slipway.deployment.plan import AutoScaling
from slipway.deployment.scaling_tag import scaling_text
from slipway.deployment.tags import AUTO_SCALING, ENDPOINT_CONFIG, IN_SERVICE_AT, RESTORED_AT, RESTORED_FROM
from slipway.deployment.timestamps import format_instant
from slipway.errors import AwsRefused, EndpointBusy, NotFound
from slipway.failure.restore_previous_config import Restoration, RestorationServices, Unproven, restore_previous_config
from slipway.hosting.scaling import KEEPS_SIZE, resource_id
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment

BOUNDS = AutoScaling(MinCapacity=2, MaxCapacity=6, TargetInvocationsPerInstance=600)
BEGUN = Restoration(Restored=[], HasBegun=True, IsBusy=True)
WAITING = Restoration(Restored=[], HasBegun=False, IsBusy=True)
ENDED = Restoration(Restored=[], HasBegun=False, IsBusy=False)


class Update:
    """An endpoint that serves what `failed` updated it to, and served `previous` before."""

    def __init__(self, sagemaker: FakeSageMaker, **fields: Any) -> None:
        self.sagemaker = sagemaker
        previous = Deployment(sagemaker, "first", minutes=-30).deploy()
        self.failed = Deployment(sagemaker, "second", etag="two", minutes=-20, **fields)
        updated = self.failed.endpoint()
        sagemaker.settle()
        self.previous, self.config = previous["EndpointConfigName"], updated["EndpointConfigName"]
        self.since = updated["StartedAt"]
        self.config_arn, self.endpoint_arn = str(updated["EndpointConfigArn"]), updated["EndpointArn"]

    def newer(self, status: str = "RUNNING", outcome: str | None = None) -> None:
        """Let a newer deployment request the same version, and end."""
        newer = Deployment(self.sagemaker, "third", etag="two", minutes=-10)
        newer.config()
        if status != "RUNNING":
            self.sagemaker.end_execution(newer.execution["Id"], status, outcome)

    def turn(self, *, may_update: bool = True) -> Restoration:
        """Take one turn of the step."""
        unproven = Unproven(self.config, self.config_arn, self.previous, self.since)
        aws = RestorationServices(self.sagemaker, self.sagemaker.scaling, self.sagemaker.describe_execution)
        return restore_previous_config(self.failed.context(), unproven, aws, may_update=may_update)

    def serving(self) -> str:
        """Return the configuration that serves once SageMaker is done."""
        self.sagemaker.settle()
        return str(self.sagemaker.describe_endpoint("digits")["EndpointConfigName"])


@pytest.fixture
def update(sagemaker: FakeSageMaker) -> Update:
    """Return an update whose version is in service and has failed its test."""
    return Update(sagemaker)


def test_the_previous_configuration_is_put_back_all_at_once_and_waited_for(update: Update) -> None:
    turns = [update.turn(), update.turn()]

    assert turns == [BEGUN, WAITING]
    assert update.serving() == update.previous
    assert update.turn() == {**ENDED, "Restored": [f"EndpointConfig {update.previous}"]}
    assert update.sagemaker.updates[-1] == {"EndpointName": "digits", "EndpointConfigName": update.previous}


@pytest.mark.parametrize(
    ("fields", "ended"),
    [({}, None), ({"InstanceType": "ml.c5.large"}, [{"VariantName": "AllTraffic", **BOUNDS}])],
    ids=["same instance type", "another instance type"],
)
def test_an_endpoint_whose_scaling_was_set_up_since_keeps_its_instance_count(
    sagemaker: FakeSageMaker, fields: dict[str, Any], ended: list[dict[str, Any]] | None
) -> None:
    update = Update(sagemaker, **fields)
    update.sagemaker.scaling.targets.add(resource_id("digits"))
    update.sagemaker.add_tags(
        update.endpoint_arn, [{"Key": AUTO_SCALING, "Value": scaling_text({"AllTraffic": BOUNDS})}]
    )

    turn = update.turn()

    assert update.sagemaker.updates[-1].items() >= KEEPS_SIZE.items()
    assert turn.get("EndedScaling") == ended
    assert update.sagemaker.scaling.targets == (set() if ended else {resource_id("digits")})


def test_the_endpoint_says_what_was_taken_out_of_service_and_when(update: Update) -> None:
    update.turn()

    tags = update.sagemaker.tags(update.endpoint_arn)
    assert tags[RESTORED_FROM] == update.config_arn
    assert tags[RESTORED_AT] > update.failed.execution["StartTime"]


def test_an_endpoint_with_fifty_tags_is_restored_too(update: Update) -> None:
    update.sagemaker.faults.fail("add_tags", AwsRefused("A resource has 50 tags at most."))

    assert update.turn() == BEGUN


@pytest.mark.parametrize(
    ("status", "outcome", "expected"),
    [
        ("RUNNING", None, WAITING),
        ("SUCCEEDED", "AlreadyDeployed", ENDED),
        ("SUCCEEDED", "Superseded", BEGUN),
        ("FAILED", None, BEGUN),
        ("TIMED_OUT", None, BEGUN),
        ("ABORTED", None, BEGUN),
    ],
)
def test_a_newer_deployment_of_the_same_version_wins_unless_it_failed(
    update: Update, status: str, outcome: str | None, expected: Restoration
) -> None:
    update.newer(status, outcome)

    assert update.turn() == expected


def test_what_another_deployment_has_announced_since_stays(update: Update) -> None:
    update.newer("FAILED")
    announced = (update.failed.context().started + timedelta(minutes=1)).isoformat()
    update.sagemaker.add_tags(update.config_arn, [{"Key": IN_SERVICE_AT, "Value": announced}])

    assert update.turn() == ENDED


def test_a_redeployment_that_has_tagged_the_endpoint_wins(update: Update) -> None:
    newer = Deployment(update.sagemaker, "third", etag="two", minutes=-10).context()
    update.sagemaker.add_tags(update.endpoint_arn, [*newer.own_tags, {"Key": ENDPOINT_CONFIG, "Value": update.config}])

    assert update.turn() == ENDED


def test_what_was_seen_to_serve_after_the_update_had_begun_is_put_back(update: Update) -> None:
    between = Deployment(update.sagemaker, "between", etag="between", minutes=-25).config()["EndpointConfigName"]
    later = format_instant(datetime.fromisoformat(update.since) + timedelta(seconds=5))
    served = {ENDPOINT_CONFIG: between, IN_SERVICE_AT: later}
    update.sagemaker.add_tags(update.endpoint_arn, [{"Key": key, "Value": served[key]} for key in served])

    update.turn()

    assert update.serving() == between


def test_an_endpoint_that_a_newer_deployment_has_changed_stays_as_it_is(update: Update) -> None:
    Deployment(update.sagemaker, "third", etag="three", minutes=-10).deploy()

    assert update.turn() == ENDED


def test_an_endpoint_that_is_deleted_is_waited_for(update: Update) -> None:
    update.sagemaker.delete_endpoint("digits")
    assert update.turn() == WAITING

    update.sagemaker.settle()
    assert update.turn() == ENDED


def test_nothing_says_who_requested_a_configuration_that_is_gone(update: Update) -> None:
    update.sagemaker.refuses_in_use = False
    update.sagemaker.delete_endpoint_config(update.config)

    assert update.turn() == ENDED


def test_no_update_is_begun_after_the_last_attempt(update: Update) -> None:
    assert update.turn(may_update=False) == ENDED
    assert update.serving() == update.config


def test_another_caller_may_be_faster(update: Update) -> None:
    update.sagemaker.faults.fail("update_endpoint", EndpointBusy("Cannot update in-progress endpoint"))

    assert update.turn() == WAITING


def test_a_previous_configuration_that_is_gone_is_an_error(update: Update) -> None:
    update.sagemaker.delete_endpoint_config(update.previous)

    with pytest.raises(NotFound):
        update.turn()
