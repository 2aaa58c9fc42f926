"""The handler of what events call: it publishes what was measured, and counts a bug."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

import pytest

from record_outcome import app
from slipway.api.record_outcome import record_outcome
from slipway.deployment.measurement import Measurement
from slipway.entrypoints.handlers import event_handler

FAILED = {"status": "FAILED", "error": "EndpointFailed", "startDate": 1000, "stopDate": 3000}


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def metrics(lines: list[dict[str, Any]]) -> dict[str, Any]:
    names = [
        metric["Name"] for line in lines if "_aws" in line for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    ]
    return {name: line[name] for name in names for line in lines if name in line}


def test_the_end_of_a_deployment_is_published(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    app.handler({"detail": FAILED}, context)

    assert metrics(printed(capsys)) == {
        "Deployments": [1.0],
        "DeploymentSeconds": [2.0],
        "DeploymentsFailed": [1.0],
        "FailuresByError": [1.0],
    }


def test_the_handler_s_step_is_the_use_case() -> None:
    assert inspect.unwrap(app.handler)({"detail": FAILED}) == record_outcome({"detail": FAILED})


def test_a_bug_is_counted_and_leaves_so_that_lambda_tries_again(
    context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def step(event: Mapping[str, Any]) -> list[Measurement]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        event_handler(step)({}, context)

    assert metrics(printed(capsys)) == {"Crashes": [1.0]}


def test_the_event_is_not_logged(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    app.handler({"detail": {**FAILED, "input": "hush"}}, context)

    assert "hush" not in "".join(capsys.readouterr())
