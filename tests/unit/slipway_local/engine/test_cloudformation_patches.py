from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services.cloudformation import provisioners

from slipway_local.engine.patches.cloudformation import as_json, sfn_definition, with_metric_math

JSON = st.dictionaries(st.text(max_size=9), st.none() | st.booleans() | st.integers() | st.text(max_size=9), max_size=5)


@given(JSON)
def test_json_comes_back_as_it_is(definition: dict[str, object]) -> None:
    text = json.dumps(definition, indent=3)

    assert as_json(text) == text


def test_yaml_becomes_json() -> None:
    assert json.loads(as_json("StartAt: A\nStates:\n  A: {Type: Wait, Seconds: 5, End: true}\n")) == {
        "StartAt": "A",
        "States": {"A": {"Type": "Wait", "Seconds": 5, "End": True}},
    }


def test_what_is_neither_is_named() -> None:
    with pytest.raises(ValueError, match="neither JSON nor YAML"):
        as_json("States: [unclosed")


def test_the_provisioners_definition_is_translated() -> None:
    no_engine: Any = None

    translated = sfn_definition(lambda props: f"StartAt: {props['First']}", no_engine)

    assert translated({"First": "A"}) == '{"StartAt": "A"}'


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
