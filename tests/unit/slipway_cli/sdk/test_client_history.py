"""Histories as visits and steps, on recorded executions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conventions.project import states
from tests.fakes.step_functions import recorded

from slipway_cli.sdk.history import STEP_OF, result_of, steps_of, visits_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def events_of(name: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = recorded(name)["events"]
    return events


def event(number: int, kind: str, **details: Any) -> dict[str, Any]:
    return {"id": number, "type": kind, "timestamp": NOW + timedelta(seconds=number), **details}


def entered(number: int, kind: str, name: str) -> dict[str, Any]:
    return event(number, f"{kind}StateEntered", stateEnteredEventDetails={"name": name})


def test_a_deployment_is_shown_in_the_order_of_the_workflow() -> None:
    steps = steps_of(visits_of(events_of("created")))

    assert [step.name for step in steps] == [
        "PlanDeployment",
        "ResolveImage",
        "InspectArtifact",
        "CreateModel",
        "CreateEndpointConfig",
        "CreateEndpoint",
        "WaitForEndpoint",
        "TagEndpoint",
        "TagEndpointConfig",
        "RemoveOldVersions",
        "AnnounceDeployed",
        "Deployed",
    ]
    assert not any(step.has_failed for step in steps)


def test_the_loop_is_one_step_however_often_it_goes_round() -> None:
    wait = next(step for step in steps_of(visits_of(events_of("failed"))) if step.name == "WaitForEndpoint")

    assert sum(visit.state == "DescribeEndpoint" for visit in wait.visits) == 8
    assert wait.kind == "Wait"
    assert wait.seconds(NOW) == pytest.approx(20.3, abs=0.2)


def test_the_step_that_the_execution_failed_by_is_marked() -> None:
    steps = steps_of(visits_of(events_of("failed")))

    assert [step.name for step in steps if step.has_failed] == ["WaitForEndpoint", "Failed"]


def test_attempts_that_failed_are_kept_with_the_step_that_went_on() -> None:
    history = [
        entered(1, "Task", "RemoveFailedDeployment"),
        event(2, "TaskFailed", taskFailedEventDetails={"error": "EndpointBusy"}),
        event(3, "TaskTimedOut", taskTimedOutEventDetails={"error": "States.Timeout"}),
        event(4, "LambdaFunctionFailed"),
        event(5, "TaskSucceeded"),
        event(6, "TaskStateExited"),
    ]

    [visit] = visits_of(history)

    assert visit.errors == ("EndpointBusy", "States.Timeout", "LambdaFunctionFailed")
    assert not visit.has_failed
    assert visit.seconds(NOW) == 5


def test_a_state_without_an_exit_ends_where_the_next_begins_or_the_execution_does() -> None:
    history = [
        entered(1, "Task", "PlanDeployment"),
        entered(4, "Task", "ExplainFailure"),
        event(9, "ExecutionAborted"),
    ]

    assert [visit.seconds(NOW) for visit in visits_of(history)] == [3, 5]


def test_what_a_function_answered_is_read_from_its_last_attempt() -> None:
    answer = result_of(events_of("created"), "CreateEndpoint")

    assert (answer["Action"], answer["DurationTag"]) == ("Created", "slipway:creation-seconds")
    assert result_of(events_of("created")[:10], "CreateEndpoint") == {}


def test_loops_are_named_after_states_that_the_workflow_has() -> None:
    assert {*STEP_OF, *STEP_OF.values()} <= set(states())


@given(name=st.sampled_from(["created", "failed", "alreadydeployed"]), share=st.floats(0, 1))
def test_any_beginning_of_a_history_is_a_running_execution(name: str, share: float) -> None:
    events = events_of(name)
    visits = visits_of(events[: round(len(events) * share)])

    assert all(visit.exited is not None for visit in visits[:-1])
    assert all(visit.seconds(NOW) >= 0 for visit in visits)
    shown = [visit for step in steps_of(visits) for visit in step.visits]
    assert [visit for visit in visits if visit in shown] == shown
