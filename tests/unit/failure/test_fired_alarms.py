"""Which alarms fired, in the message of an update that was rolled back."""

from __future__ import annotations

import pytest

from slipway.errors import AccessDenied
from slipway.failure.explain_failure import Failure
from slipway.failure.fired_alarms import with_fired_alarms
from tests.fakes.account import FakeManagedAlarms
from tests.unit.execution import plan_of

MANAGED = ["slipway/digits/AllTraffic/Invocation5XXErrors", "slipway/digits/AllTraffic/ModelLatency"]
# The AWS CLI's example of `describe-alarm-history` has these members of a new state.
REASON = "Threshold Crossed: 1 datapoint [0.31 (28/11/26 16:00:00)] was greater than the threshold (0.05)."
DATA = {"version": "1.0", "statistic": "Average", "period": 60, "recentDatapoints": [0.31], "threshold": 0.05}
SINCE = "2026-11-28T15:59:00.000Z"


def rolled_back(error: str = "DeploymentRolledBack") -> Failure:
    return Failure(State="IsEndpointInService", Error=error, Cause="The deployment was rolled back.")


@pytest.fixture
def alarms() -> FakeManagedAlarms:
    """The first alarm fired, and is OK again."""
    found, ok = FakeManagedAlarms(), {"stateValue": "OK", "stateReason": "It is over."}
    found.changes[MANAGED[0]] = [ok, {"stateValue": "ALARM", "stateReason": REASON, "stateReasonData": DATA}]
    found.changes[MANAGED[1]] = [ok]
    return found


def test_an_alarm_that_fired_is_named_with_its_values(alarms: FakeManagedAlarms) -> None:
    failure, fired = with_fired_alarms(rolled_back(), plan_of(), MANAGED, SINCE, alarms.history)

    assert failure["Cause"] == f"The deployment was rolled back. Alarms that fired: {MANAGED[0]} ({REASON[:-1]})."
    assert fired == [{"AlarmName": MANAGED[0], "Reason": REASON[:-1], "Values": [0.31], "Threshold": 0.05}]


def test_alarms_of_the_users_own_are_named_too(alarms: FakeManagedAlarms) -> None:
    alarms.changes["mine"] = [{"stateValue": "ALARM", "stateReason": "It is mine."}]  # SetAlarmState needs no data
    policy = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}
    config = {"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "mine"}]}}

    failure, fired = with_fired_alarms(rolled_back(), plan_of(DeploymentConfig=config), [], SINCE, alarms.history)

    assert failure["Cause"].endswith("Alarms that fired: mine (It is mine).")
    assert fired == [{"AlarmName": "mine", "Reason": "It is mine", "Values": [], "Threshold": None}]


def test_any_other_failure_and_alarms_that_cannot_be_read_change_nothing(alarms: FakeManagedAlarms) -> None:
    def denied(_name: str, _since: object) -> list[dict[str, str]]:
        raise AccessDenied("No.")

    other = rolled_back("EndpointFailed")
    assert with_fired_alarms(other, plan_of(), MANAGED, SINCE, alarms.history) == (other, [])
    assert with_fired_alarms(rolled_back(), None, MANAGED, SINCE, alarms.history) == (rolled_back(), [])
    assert with_fired_alarms(rolled_back(), plan_of(), MANAGED, SINCE, denied) == (rolled_back(), [])
