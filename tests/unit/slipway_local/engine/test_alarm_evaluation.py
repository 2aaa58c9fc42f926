"""Alarms watch the metric of their own dimensions, and give CloudWatch's reason."""

from __future__ import annotations

import re
import time
from typing import Any, cast

import pytest
from ministack.services import cloudwatch

from slipway_local.engine.patches import Engine
from slipway_local.engine.patches.cloudwatch import evaluate_alarm, record_history

ALARM = {
    "AlarmName": "errors",
    "Namespace": "AWS/SageMaker",
    "MetricName": "Invocation5XXErrors",
    "Dimensions": [{"Name": "EndpointName", "Value": "mine"}],
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 0.05,
    "ComparisonOperator": "GreaterThanThreshold",
    "StateValue": "INSUFFICIENT_DATA",
}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[float]]:
    """The values of the last minute, by endpoint; what happens to alarms is recorded nowhere."""
    values: dict[str, list[float]] = {}

    class Metrics:
        """MiniStack's metrics, with a point for each value."""

        def get(self, key: tuple[str, str, str], _default: object) -> list[dict[str, Any]]:
            found = values.get(key[2].removeprefix("EndpointName="), [])
            return [{"Timestamp": time.time(), "Value": value} for value in found]

    monkeypatch.setattr(cloudwatch, "_metrics", Metrics())
    for name in ("_record_history", "_dispatch_alarm_actions", "_evaluate_parent_alarms"):
        monkeypatch.setattr(cloudwatch, name, lambda *_, **__: None)
    return values


def evaluated(**changes: Any) -> dict[str, Any]:
    alarm = {**ALARM, **changes}
    evaluate_alarm(lambda _alarm: None, cast("Engine", None))(alarm)
    return alarm


@pytest.mark.parametrize(
    ("mine", "state", "reason"),
    [
        ([1.0, 0.0, 0.0, 0.0], "ALARM", "Threshold Crossed: 1 datapoint [0.25] was greater than the threshold (0.05)."),
        ([0.0, 0.0], "OK", "Threshold Crossed: 1 datapoint [0.0] was not greater than the threshold (0.05)."),
        ([], "INSUFFICIENT_DATA", None),
    ],
)
def test_other_endpoints_do_not_count(
    measured: dict[str, list[float]], mine: list[float], state: str, reason: str | None
) -> None:
    measured.update(mine=mine, theirs=[1.0] * 10)

    alarm = evaluated()

    assert (alarm["StateValue"], alarm.get("StateReason")) == (state, reason)


# API_PutMetricAlarm.html, TreatMissingData
@pytest.mark.parametrize(("treated", "state"), [("notBreaching", "OK"), ("breaching", "ALARM"), ("ignore", "ALARM")])
@pytest.mark.usefixtures("measured")
def test_an_alarm_without_data_is_as_it_treats_missing_data(treated: str, state: str) -> None:
    assert evaluated(StateValue="ALARM", TreatMissingData=treated)["StateValue"] == state


def test_a_change_has_the_milliseconds_of_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The AWS CLI's example of describe-alarm-history has them; MiniStack gives whole seconds."""
    entries = [{"Timestamp": "2026-01-01T00:00:00Z"}]
    monkeypatch.setattr(cloudwatch, "_history_entries", lambda: entries)

    record_history(lambda *_: None, cast("Engine", None))("alarm", "OK", "ALARM", "reason")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entries[0]["Timestamp"])
    parsed = cloudwatch._parse_ts(entries[0]["Timestamp"])  # seconds since 1970: a float has a quarter of a microsecond
    assert parsed % 1 == pytest.approx(float(entries[0]["Timestamp"][19:23]), abs=1e-6)
