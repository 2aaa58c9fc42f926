"""Deleting endpoints and versions: the order of it, and what is left alone. Over boto3 from the local SageMaker."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.deployment.tags import MANAGED_ALARMS
from slipway_cli.sdk.removal import (
    DELETION_TIMEOUT,
    DeletionUnfinished,
    EndpointChanging,
    NothingToDelete,
    OfAnotherStack,
    Remover,
)
from tests.contract.slipway_cli.account import ClientAccount
from tests.fakes.step_functions import STATE_MACHINE

FIRST, SECOND = (f"mine-{digit * 12}" for digit in "12")


def remover(account: ClientAccount) -> Remover:
    return Remover(account.target, pause=lambda _seconds: account.loopback.finish())


def removed(account: ClientAccount, name: str = "mine", **options: Any) -> list[str]:
    one = remover(account)
    return list(one.remove(one.plan(name, **{"all_versions": False, **options})))


def left(account: ClientAccount) -> set[str]:
    listed = account.sagemaker
    return {
        *(one["EndpointName"] for one in listed.list_endpoints()["Endpoints"]),
        *(one["EndpointConfigName"] for one in listed.list_endpoint_configs()["EndpointConfigs"]),
        *(one["ModelName"] for one in listed.list_models()["Models"]),
    }


def test_scaling_ends_before_the_endpoint_does_and_versions_stay(account: ClientAccount) -> None:
    account.version(FIRST, "mine")
    account.endpoint("mine", FIRST)
    account.scaling.resource_ids.add("endpoint/mine/variant/AllTraffic")

    assert removed(account) == ["Endpoint mine"]
    assert account.recorder.calls == [
        "deregister_scalable_target endpoint/mine/variant/AllTraffic",
        "delete_endpoint mine",
    ]
    assert left(account) == {FIRST, f"{FIRST}-model"}


@pytest.mark.parametrize("has_alarms", [True, False])
def test_managed_alarms_go_with_the_endpoint(account: ClientAccount, has_alarms: bool) -> None:
    account.version(FIRST, "mine")
    account.endpoint("mine", FIRST)
    if has_alarms:
        arn = account.sagemaker.describe_endpoint(EndpointName="mine")["EndpointArn"]
        account.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": MANAGED_ALARMS, "Value": "true"}])
    account.alarms.names = ["slipway/mine/AllTraffic/ModelLatency", "slipway/mine-2/AllTraffic/ModelLatency"]

    removed(account)

    assert len(account.alarms.names) == (1 if has_alarms else 2)
    assert account.alarms.names[-1] == "slipway/mine-2/AllTraffic/ModelLatency"


def test_all_versions_go_each_model_before_its_archive_and_before_its_configuration(account: ClientAccount) -> None:
    account.version(FIRST, "mine")
    account.version(SECOND, "mine")
    account.endpoint("mine", SECOND)

    assert removed(account, all_versions=True) == [
        "Endpoint mine",
        f"Model {FIRST}-model",
        f"EndpointConfig {FIRST}",
        f"Model {SECOND}-model",
        f"EndpointConfig {SECOND}",
    ]
    assert account.recorder.calls[1:] == [
        "delete_endpoint mine",
        f"delete_model {FIRST}-model",
        f"delete_object deployed/{FIRST}-model/model.tar.gz",
        f"delete_endpoint_config {FIRST}",
        f"delete_model {SECOND}-model",
        f"delete_object deployed/{SECOND}-model/model.tar.gz",
        f"delete_endpoint_config {SECOND}",
    ]
    assert left(account) == set()


def test_what_is_left_of_a_deletion_that_was_stopped_goes_with_the_next(account: ClientAccount) -> None:
    account.version(FIRST, "mine")
    account.endpoint("mine", FIRST)
    first = remover(account)
    steps = first.remove(first.plan("mine", all_versions=True))
    assert [next(steps), next(steps)] == ["Endpoint mine", f"Model {FIRST}-model"]

    assert removed(account, all_versions=True) == [f"EndpointConfig {FIRST}"]
    assert left(account) == set()


def test_a_version_that_another_endpoint_has_stays_with_its_model(account: ClientAccount) -> None:
    account.version(FIRST, "mine", model="shared")
    account.version(SECOND, "mine", model="shared")
    account.endpoint("mine", FIRST)
    account.endpoint("by-hand", SECOND, stack="")

    assert removed(account, all_versions=True) == ["Endpoint mine", f"EndpointConfig {FIRST}"]
    assert left(account) == {"by-hand", SECOND, "shared"}


def test_a_model_that_was_not_made_for_the_endpoint_stays(account: ClientAccount) -> None:
    account.version("lender-333333333333", "lender")
    account.version(FIRST, "mine", model="lender-333333333333-model")
    account.endpoint("mine", FIRST)

    assert removed(account, all_versions=True) == ["Endpoint mine", f"EndpointConfig {FIRST}"]
    assert left(account) == {"lender-333333333333", "lender-333333333333-model"}


def test_a_busy_endpoint_is_refused_before_anything_is_touched(account: ClientAccount) -> None:
    account.version(FIRST, "mine")
    account.endpoint("mine", FIRST, settled=False)

    with pytest.raises(EndpointChanging, match="mine is Creating"):
        removed(account)
    assert account.recorder.calls == []


@pytest.mark.parametrize(
    "request_", ['{"EndpointName": "mine"}', '{"source": "aws.s3", "detail-type": "Object Created", "detail": %s}']
)
def test_an_endpoint_that_is_being_deployed_is_refused(account: ClientAccount, request_: str) -> None:
    account.version(FIRST, "mine")
    account.endpoint("mine", FIRST)
    detail = '{"bucket": {"name": "b"}, "object": {"key": "models/mine/model.tar.gz"}}'
    arn = f"{STATE_MACHINE.replace(':stateMachine:', ':execution:')}:under-way"
    description = {"executionArn": arn, "status": "RUNNING", "startDate": datetime.now(UTC)}
    description["input"] = request_.replace("%s", detail)
    account.stepfunctions.executions[arn] = {"description": description, "events": []}

    with pytest.raises(EndpointChanging, match="A deployment of mine is under way \\(under-way\\)"):
        removed(account)
    assert account.recorder.calls == []


@pytest.mark.parametrize(("stack", "said"), [("another", "--stack another"), ("", "not deployed by Slipway")])
def test_what_another_deployed_is_refused_unless_it_is_meant(account: ClientAccount, stack: str, said: str) -> None:
    account.version(FIRST, "mine", stack=stack)
    account.endpoint("mine", FIRST, stack=stack)

    with pytest.raises(OfAnotherStack, match=said):
        removed(account)
    assert removed(account, of_any_stack=True, all_versions=True) == ["Endpoint mine"]
    assert left(account) == {FIRST, f"{FIRST}-model"}


def test_versions_of_an_endpoint_that_is_gone_can_be_deleted(account: ClientAccount) -> None:
    account.version(FIRST, "mine")

    with pytest.raises(NothingToDelete, match="There is no endpoint mine in eu-west-1; --all-versions"):
        removed(account)
    assert removed(account, all_versions=True) == [f"Model {FIRST}-model", f"EndpointConfig {FIRST}"]
    with pytest.raises(NothingToDelete):
        removed(account, all_versions=True)


def test_a_deletion_that_another_caller_made_first_is_one(account: ClientAccount) -> None:
    account.version(FIRST, "mine")
    account.endpoint("mine", FIRST)
    account.recorder.gone.add("delete_endpoint")

    assert removed(account) == ["Endpoint mine"]


def test_a_deletion_that_does_not_end_is_given_up_and_says_so(account: ClientAccount) -> None:
    account.version(FIRST, "mine")
    account.endpoint("mine", FIRST)
    account.recorder.answers["describe_endpoint"] = account.sagemaker.describe_endpoint(EndpointName="mine")
    waited: list[float] = []
    one = Remover(account.target, pause=waited.append)

    with pytest.raises(DeletionUnfinished, match="mine is still Deleting"):
        list(one.remove(one.plan("mine", all_versions=False)))
    assert sum(waited) >= DELETION_TIMEOUT
