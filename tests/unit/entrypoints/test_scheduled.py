"""The schedule_handler handler: it reports, measures, and has as many seconds as the function has left."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from delete_idle_endpoints import app
from slipway.cleanup.delete_idle_endpoints import DeleteIdleEndpoints
from slipway.entrypoints.handlers import schedule_handler
from tests.fakes.idle_account import FakeEndpoint
from tests.fakes.idle_deletion import FakeIdleStack
from tests.fakes.services import FakeServices


class Context:
    function_name = "slipway-DeleteIdleEndpoints"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:111122223333:function:slipway-DeleteIdleEndpoints"
    aws_request_id = "a3de505e-f16b-42f4-b3e6-bcd2e4a73903"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def services() -> FakeServices:
    found = FakeServices()
    found.idle_cleanup = FakeIdleStack(FakeEndpoint("digits")).aws()
    return found


def test_a_run_is_returned_logged_and_measured(capsys: pytest.CaptureFixture[str]) -> None:
    handler = schedule_handler(inspect.unwrap(app.handler), services)

    report = handler({}, Context())  # type: ignore[arg-type]

    printed: list[Any] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert report["IdleCleanup"] == "DryRun"
    assert sum(report["Verdicts"].values()) == 1
    measured = {key for line in printed if "_aws" in line for key in line}
    assert {"IdleCleanupRuns", "IdleCleanupRunsIncomplete", "EndpointsDeleted", "EndpointsJudged"} <= measured


def test_a_run_has_the_seconds_that_the_function_has_left() -> None:
    given = []

    def begin(services: Any, seconds_left: Any) -> DeleteIdleEndpoints:
        given.append(seconds_left())
        run: DeleteIdleEndpoints = inspect.unwrap(app.handler)(services, seconds_left)
        return run

    schedule_handler(begin, services)({}, Context())  # type: ignore[arg-type]

    assert given == [900.0]


def test_a_bug_is_counted_as_a_crash_and_leaves(capsys: pytest.CaptureFixture[str]) -> None:
    def begin(services: Any, seconds_left: Any) -> DeleteIdleEndpoints:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        schedule_handler(begin, services)({}, Context())  # type: ignore[arg-type]

    printed: list[Any] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["Crashes"] for line in printed if "_aws" in line] == [[1.0]]
