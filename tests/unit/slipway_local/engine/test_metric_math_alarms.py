"""An alarm over metric math is kept as the template has it; any other is MiniStack's."""

from __future__ import annotations

import pytest
from ministack.services.cloudformation import provisioners

from slipway_local.engine.patches.cloudformation import with_metric_math

COMMON = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1, "EvaluationPeriods": 3}
MATH = [{"Id": "all", "Expression": "SUM(METRICS())"}]


def test_metric_math_is_kept() -> None:
    alarm = with_metric_math(provisioners._cw_metric_alarm_record)("throttled", {**COMMON, "Metrics": MATH})

    assert alarm["Metrics"] == MATH
    assert (alarm["AlarmName"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("throttled", 1.0, 3)
    assert alarm.keys().isdisjoint({"MetricName", "Namespace", "Statistic", "Period"}), "nothing evaluates it"


def test_an_alarm_over_one_metric_is_as_it_was() -> None:
    properties = {**COMMON, "Namespace": "Slipway", "MetricName": "Crashes"}
    ours = with_metric_math(provisioners._cw_metric_alarm_record)("crashed", properties)

    assert ours.items() >= {"Namespace": "Slipway", "MetricName": "Crashes"}.items()


def test_ministack_itself_still_refuses_metric_math() -> None:
    with pytest.raises(ValueError, match="metric math"):
        provisioners._cw_metric_alarm_record("throttled", {**COMMON, "Metrics": MATH})
