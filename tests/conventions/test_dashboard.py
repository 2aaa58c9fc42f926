"""Every metric that the dashboard shows or an alarm watches is published, and every alarm notifies the topic."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from slipway.cleanup.assess import Verdict
from slipway.cleanup.delete_idle_endpoints import Report
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import task_handler
from slipway.errors import ArtifactNotGzip, ServiceThrottled
from slipway.outcomes.record_outcome import record_outcome
from tests.conventions.dashboard import (
    Named,
    alarms,
    dashboard,
    metrics_of_alarm,
    metrics_of_dashboard,
    metrics_of_widget,
)
from tests.conventions.project import ROOT, lambda_states, resources, template
from tests.fakes.services import FakeServices

OUTCOMES = sorted((ROOT / "events" / "outcomes").glob("*.json"))
# What AWS publishes of its own accord, by the user guides of Step Functions, SQS and Lambda.
OF_AWS = {
    *(
        Named("AWS/States", name, frozenset({"StateMachineArn"}))
        for name in (
            "ExecutionsStarted",
            "ExecutionsSucceeded",
            "ExecutionsFailed",
            "ExecutionsTimedOut",
            "ExecutionsAborted",
        )
    ),
    Named("AWS/SQS", "ApproximateNumberOfMessagesVisible", frozenset({"QueueName"})),
    Named("AWS/Lambda", "Throttles", frozenset({"FunctionName"})),
}
ALARMS = alarms()
REQUEST = {"State": "CreateModel", "Execution": {"Id": "arn"}}


class Context:
    function_name = "slipway-CreateModel"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:111122223333:function:slipway-CreateModel"
    aws_request_id = "a3de505e-f16b-42f4-b3e6-bcd2e4a73903"


def ours(name: str, *dimensions: str) -> Named:
    return Named("Slipway", name, frozenset({"service", *dimensions}))


def measured() -> set[Named]:
    """Return what RecordOutcome and idle cleanup publish."""
    ends = [record_outcome(json.loads(path.read_text(encoding="utf-8"))) for path in OUTCOMES]
    run = Report("Enabled", "Stack", "now", Counter({Verdict.IDLE: 1})).measurements()
    return {ours(one.name, *one.dimensions) for end in [*ends, run] for one in end}


def counted(capsys: pytest.CaptureFixture[str]) -> set[Named]:
    """Return what the handlers of states publish, read off what they print."""
    for error in (ArtifactNotGzip("It is text."), ServiceThrottled("Rate exceeded"), ZeroDivisionError()):

        def step(request: Mapping[str, Any], services: Services, error: Exception = error) -> None:
            raise error

        handler = task_handler(step, FakeServices)
        with pytest.raises(type(error)):
            handler(REQUEST, Context())  # type: ignore[arg-type]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = [directive for line in lines if "_aws" in line for directive in line["_aws"]["CloudWatchMetrics"]]
    return {Named(one["Namespace"], one["Metrics"][0]["Name"], frozenset(one["Dimensions"][0])) for one in found}


def published(capsys: pytest.CaptureFixture[str]) -> set[Named]:
    return OF_AWS | measured() | counted(capsys)


def test_every_metric_of_the_dashboard_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    shown = set(metrics_of_dashboard())
    assert shown - published(capsys) == set()


@pytest.mark.parametrize("name", ALARMS)
def test_every_metric_of_an_alarm_is_published(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    watched = set(metrics_of_alarm(ALARMS[name]))
    assert watched - published(capsys) == set()


def test_every_published_metric_is_on_the_dashboard_or_watched(capsys: pytest.CaptureFixture[str]) -> None:
    watched = {metric for alarm in ALARMS.values() for metric in metrics_of_alarm(alarm)}
    assert measured() | counted(capsys) <= set(metrics_of_dashboard()) | watched


@pytest.mark.parametrize("alarm_of_idle_cleanup", ["", ', "alarm"'])
def test_the_dashboard_is_valid_with_and_without_idle_cleanup(alarm_of_idle_cleanup: str) -> None:
    widgets = dashboard(alarm_of_idle_cleanup)["widgets"]
    assert {widget["type"] for widget in widgets} == {"alarm", "metric"}
    for widget in widgets:
        assert widget["x"] + widget["width"] <= 24, "a dashboard has 24 columns"
        assert widget["properties"]["title"]


def test_no_two_widgets_of_the_dashboard_overlap() -> None:
    taken = Counter(
        (x, y)
        for widget in dashboard()["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    )
    assert taken.most_common(1)[0][1] == 1


def test_the_dashboard_shows_every_alarm() -> None:
    text, variables = resources("AWS::CloudWatch::Dashboard")["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    whole = text + json.dumps(variables)
    assert [name for name in ALARMS if f"${{{name}.Arn}}" not in whole] == []


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_notifies_the_topic_and_has_a_name_and_a_description(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["AlarmActions"] == [{"Ref": "NotificationTopic"}]
    assert alarm["AlarmName"] == {"Fn::Sub": f"${{AWS::StackName}}-{name.removesuffix('Alarm')}"}
    assert alarm["AlarmDescription"].endswith(".")


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_within_what_cloudwatch_takes(name: str) -> None:
    alarm = ALARMS[name]
    stats = [one["MetricStat"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    # CloudWatch user guide, "Limits that apply to alarms based on metric math expressions".
    assert len(stats) <= 10
    for period in [one["Period"] for one in stats] or [alarm["Period"]]:
        # API reference of PutMetricAlarm, Period
        assert period * alarm["EvaluationPeriods"] <= (604_800 if period >= 3600 else 86_400)


def test_every_dead_letter_queue_has_an_alarm() -> None:
    watched = [
        one["Value"]["Fn::GetAtt"][0]
        for alarm in ALARMS.values()
        for one in alarm.get("Dimensions", [])
        if one["Name"] == "QueueName"
    ]
    assert sorted(watched) == sorted(resources("AWS::SQS::Queue"))


def test_throttles_of_every_function_of_the_workflow_are_watched() -> None:
    watched = []
    for alarm in ("FunctionsThrottledAlarm", "HousekeepingThrottledAlarm", "TransformsThrottledAlarm"):
        stats = [one["MetricStat"]["Metric"] for one in ALARMS[alarm]["Metrics"][1:]]
        watched += [metric["Dimensions"][0]["Value"]["Ref"] for metric in stats]
        # CloudWatch API reference, MetricDataQuery: an alarm has at most 10 structures with a MetricStat.
        assert len(stats) <= 10
    assert sorted(watched) == sorted(f"{state}Function" for state in lambda_states())


def test_metrics_of_two_stacks_do_not_mix() -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["A", "m", "d", "1"], [".", "n", ".", "."]], [("A", "m"), ("A", "n")]),
        ([["A", "m", "d", "1"], ["...", "2", {"label": "x"}]], [("A", "m"), ("A", "m")]),
        ([["A", "m", "d", "1", "e", "2"], ["...", "3"]], [("A", "m"), ("A", "m")]),
    ],
)
def test_rows_that_repeat_what_is_above_are_read(rows: list[list[Any]], expected: list[tuple[str, str]]) -> None:
    found = list(metrics_of_widget(rows))
    assert [(one.namespace, one.name) for one in found] == expected
    assert len({one.dimensions for one in found}) == 1
