"""The alarms of a DeploymentConfig: one that does not exist, or is in ALARM, is refused before the update."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import AccessDenied, AlarmAlreadyFiring, AlarmNotFound, ServiceThrottled, SlipwayError
from slipway.preflight.aws import alarm_states
from slipway.preflight.check_alarms import check_alarms
from tests.fakes.account import FakeAlarms
from tests.unit.conftest import Stub
from tests.unit.execution import plan_of

CONFIG = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "latency"}, {"AlarmName": "errors"}]}}
STATES = {"latency": "OK", "errors": "INSUFFICIENT_DATA"}


@pytest.fixture
def alarms() -> FakeAlarms:
    alarms = FakeAlarms()
    alarms.states = dict(STATES)
    return alarms


def test_alarms_that_exist_and_do_not_fire_pass(alarms: FakeAlarms) -> None:
    assert check_alarms(plan_of(DeploymentConfig=CONFIG), alarms) == []
    assert alarms.asked == [["latency", "errors"]]


@pytest.mark.parametrize("fields", [{}, {"DeploymentConfig": {"AutoRollbackConfiguration": {}}}])
def test_without_alarms_nothing_is_read(alarms: FakeAlarms, fields: dict[str, Any]) -> None:
    assert check_alarms(plan_of(**fields), alarms) == []
    assert alarms.asked == []


def test_an_alarm_that_does_not_exist_is_refused(alarms: FakeAlarms) -> None:
    del alarms.states["errors"]

    with pytest.raises(AlarmNotFound, match=r"Alarms names errors, but no such CloudWatch alarm exists"):
        check_alarms(plan_of(DeploymentConfig=CONFIG), alarms)


def test_an_alarm_in_alarm_is_refused(alarms: FakeAlarms) -> None:
    alarms.states["errors"] = "ALARM"

    with pytest.raises(AlarmAlreadyFiring, match=r"Alarms names errors, which is in ALARM"):
        check_alarms(plan_of(DeploymentConfig=CONFIG), alarms)


@pytest.mark.parametrize("error", [AccessDenied("No."), ServiceThrottled("Rate exceeded")])
def test_alarms_that_cannot_be_read_are_a_warning(alarms: FakeAlarms, error: SlipwayError) -> None:
    alarms.error = error

    (warning,) = check_alarms(plan_of(DeploymentConfig=CONFIG), alarms)

    assert warning.startswith(f"The alarms latency, errors could not be checked ({type(error).__name__}: ")


def test_metric_and_composite_alarms_are_read_with_one_call(stub: Stub) -> None:
    # CloudWatch API reference, DescribeAlarms: without AlarmTypes composite alarms are left out; at most 100 names.
    cloudwatch = stub("cloudwatch")
    cloudwatch.add_response(
        "describe_alarms",
        {
            "MetricAlarms": [{"AlarmName": "latency", "StateValue": "OK"}],
            "CompositeAlarms": [{"AlarmName": "errors", "StateValue": "ALARM"}],
        },
        {"AlarmNames": ["latency", "errors"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100},
    )

    assert alarm_states(cloudwatch.client, ["latency", "errors"]) == {"latency": "OK", "errors": "ALARM"}
