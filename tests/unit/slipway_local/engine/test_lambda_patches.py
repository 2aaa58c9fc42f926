"""Metrics in logs are found as CloudWatch finds them, and everything else is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools.metrics import Metrics
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import cloudwatch

from slipway_local.engine.patches.lambda_functions import (
    MARK,
    THEIRS,
    Datum,
    embedded,
    emit_lambda_logs,
    with_error_document,
    worker_script,
)

NO_ENGINE: Any = None
LINE = json.dumps(
    {
        "_aws": {
            "Timestamp": 1,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Slipway",
                    "Dimensions": [["service"], ["service", "Outcome"]],
                    "Metrics": [{"Name": "Deployments", "Unit": "Count"}],
                }
            ],
        },
        "service": "slipway",
        "Outcome": "Created",
        "Deployments": [1.0, 2.0],
    }
)


def test_every_value_is_published_under_every_set_of_dimensions() -> None:
    assert list(embedded(f"START\n{LINE}\nEND")) == [
        Datum("Slipway", "Deployments", value, "Count", dimensions)
        for dimensions in ({"service": "slipway"}, {"service": "slipway", "Outcome": "Created"})
        for value in (1.0, 2.0)
    ]


def test_what_powertools_writes_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics(namespace="Slipway", service="one-stack")
    metrics.add_dimension(name="Outcome", value="Created")
    metrics.add_metric(name="Deployments", unit="Count", value=1)
    metrics.flush_metrics()

    (datum,) = embedded(capsys.readouterr().out)

    assert datum == Datum("Slipway", "Deployments", 1.0, "Count", {"service": "one-stack", "Outcome": "Created"})


@given(st.text() | st.just('{"CloudWatchMetrics"') | st.just('{"message": "\\"CloudWatchMetrics\\""}'))
def test_other_lines_are_no_metrics(text: str) -> None:
    assert list(embedded(text)) == []


def test_a_function_s_log_is_kept_and_its_metrics_are_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    published: list[Any] = []
    monkeypatch.setattr(cloudwatch, "record_metric", lambda *datum: published.append(datum))
    monkeypatch.setattr(cloudwatch, "_evaluate_all_alarms", lambda: published.append("alarms"))
    emit = emit_lambda_logs(lambda func, request_id, text, *rest, **options: kept.append(text), NO_ENGINE)

    for text in (LINE, "nothing"):
        emit({}, "id", text, False, 1, log_source=None)

    assert kept == [LINE, "nothing"]
    assert [one if one == "alarms" else one[1] for one in published] == [*["Deployments"] * 4, "alarms"]


def reported(document: object) -> dict[str, Any]:
    """Return what MiniStack's executor makes of a worker's error."""
    body = {"errorMessage": f"{MARK}{json.dumps(document)}", "errorType": "Runtime.HandlerError"}
    return {"body": body, "error": True, "log": "what it printed"}


@given(st.text(), st.text(min_size=1))
def test_the_workers_document_becomes_the_body(message: str, name: str) -> None:
    document = {"errorMessage": message, "errorType": name, "stackTrace": []}

    assert with_error_document(reported(document)) == {"body": document, "error": True, "log": "what it printed"}


@pytest.mark.parametrize(
    "result",
    [
        {"body": {"errorMessage": "Task timed out", "errorType": "Sandbox.Timedout"}, "error": True},
        {"body": {"errorMessage": f"{MARK}not an error"}},
        {"body": {"errorMessage": None}, "error": True},
        {"body": "text", "error": True},
        {"body": None},
        {},
    ],
)
def test_anything_else_is_left_alone(result: dict[str, Any]) -> None:
    assert with_error_document(dict(result)) == result


def test_the_worker_sends_the_document() -> None:
    script = worker_script(f"write(json.dumps({THEIRS}))", NO_ENGINE)

    compile(script, "worker", "exec")
    assert THEIRS not in script


def test_a_worker_that_reports_in_another_way_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match=r"lambda_functions\.py"):
        worker_script("try: ...", NO_ENGINE)
