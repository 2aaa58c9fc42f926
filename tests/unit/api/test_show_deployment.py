"""What the HTTP API says of a deployment."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.api.show_deployment import show_deployment
from slipway.errors import NotFound
from tests.fakes.services import SETTINGS

MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:Deploy"
ARN = "arn:aws:states:us-east-1:111122223333:execution:Deploy:one"
BEGAN, ENDED = datetime(2026, 11, 22, 10, tzinfo=UTC), datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
STARTED = {
    "executionArn": ARN,
    "name": "one",
    "startDate": BEGAN,
    "input": json.dumps({"Environment": {"KEY": "hush"}}),
}


class Executions:
    def __init__(self, **fields: Any) -> None:
        self._known = {ARN: {**STARTED, **fields}}

    def describe(self, arn: str) -> dict[str, Any]:
        if arn not in self._known:
            raise NotFound(f"Execution Does Not Exist: '{arn}'")
        return self._known[arn]


def shown(name: str = "one", **fields: Any) -> dict[str, Any]:
    return show_deployment(
        name, Executions(**fields).describe, dataclasses.replace(SETTINGS, state_machine_arn=MACHINE)
    )


def test_one_that_runs_has_no_end_yet() -> None:
    assert shown(status="RUNNING") == {
        "DeploymentId": "one",
        "ExecutionArn": ARN,
        "Status": "RUNNING",
        "StartedAt": "2026-11-22T10:00:00.000Z",
        "EndedAt": None,
        "Output": None,
        "Failure": None,
    }


def test_one_that_succeeded_has_its_output() -> None:
    found = shown(status="SUCCEEDED", stopDate=ENDED, output='{"Outcome": "Created"}')
    assert (found["EndedAt"], found["Output"], found["Failure"]) == (
        "2026-11-22T10:05:00.000Z",
        {"Outcome": "Created"},
        None,
    )


@pytest.mark.parametrize(
    ("cause", "failure"),
    [
        (
            '{"Error": "FieldUnknown", "Hint": "Write InstanceType."}',
            {"Error": "FieldUnknown", "Hint": "Write InstanceType."},
        ),
        ("It took too long.", {"Error": "States.Timeout", "Message": "It took too long."}),
        ("[]", {"Error": "States.Timeout", "Message": "[]"}),
    ],
)
def test_one_that_failed_has_its_explanation_or_step_functions_own_words(cause: str, failure: dict[str, str]) -> None:
    found = shown(status="FAILED", stopDate=ENDED, error="States.Timeout", cause=cause)
    assert (found["Output"], found["Failure"]) == (None, failure)


def test_an_end_without_a_message_is_shown_too() -> None:
    assert shown(status="ABORTED", stopDate=ENDED, error="States.TaskFailed")["Failure"]["Message"] == ""


def test_its_input_is_not_shown() -> None:
    assert "hush" not in json.dumps(shown(status="RUNNING"))


def test_one_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        shown("two", status="RUNNING")
