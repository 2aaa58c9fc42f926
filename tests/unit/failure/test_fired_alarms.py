"""Which alarms fired, in the message of an update that was rolled back."""

from __future__ import annotations

import pytest

from slipway.errors import AccessDenied
from slipway.failure.explain_failure import Failure
from slipway.failure.fired_alarms import with_fired_alarms
from tests.fakes.account import FakeManagedAlarms
from tests.unit.execution import plan_of

MANAGED = ["slipway/digits/AllTraffic/Invocation5XXErrors", "slipway/digits/AllTraffic/ModelLatency"]
# CloudWatch user guide, "Alarm events and EventBridge": the form of a reason.
REASON = "Threshold Crossed: 1 datapoint [0.31 (28/11/26 16:00:00)] was greater than the threshold (0.05)."
SINCE = "2026-11-28T15:59:00.000Z"


def rolled_back(error: str = "DeploymentRolledBack") -> Failure:
    return Failure(State="IsEndpointInService", Error=error, Cause="The deployment was rolled back.")


@pytest.fixture
def alarms() -> FakeManagedAlarms:
    """The first alarm fired, and is OK again."""
    found = FakeManagedAlarms()
    found.changes[MANAGED[0]] = [("OK", "It is over."), ("ALARM", REASON)]
    found.changes[MANAGED[1]] = [("OK", "Nothing was measured.")]
    return found


def test_an_alarm_that_fired_is_named_with_its_values(alarms: FakeManagedAlarms) -> None:
    cause = with_fired_alarms(rolled_back(), plan_of(), MANAGED, SINCE, alarms.history)["Cause"]

    assert cause == f"The deployment was rolled back. Alarms that fired: {MANAGED[0]} ({REASON[:-1]})."


def test_alarms_of_the_users_own_are_named_too(alarms: FakeManagedAlarms) -> None:
    alarms.changes["mine"] = [("ALARM", "It is mine.")]
    policy = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}}
    config = {"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "mine"}]}}

    cause = with_fired_alarms(rolled_back(), plan_of(DeploymentConfig=config), [], SINCE, alarms.history)["Cause"]

    assert cause.endswith("Alarms that fired: mine (It is mine).")


def test_any_other_failure_and_alarms_that_cannot_be_read_change_nothing(alarms: FakeManagedAlarms) -> None:
    def denied(_name: str, _since: object) -> list[dict[str, str]]:
        raise AccessDenied("No.")

    other = rolled_back("EndpointFailed")
    assert with_fired_alarms(other, plan_of(), MANAGED, SINCE, alarms.history) == other
    assert with_fired_alarms(rolled_back(), None, MANAGED, SINCE, alarms.history) == rolled_back()
    assert with_fired_alarms(rolled_back(), plan_of(), MANAGED, SINCE, denied) == rolled_back()
