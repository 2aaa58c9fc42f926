"""Every Task has an end, is tried again in good order, and is caught."""

from __future__ import annotations

import pytest

from tests.conventions.project import Json, folder_of, functions, lambda_states, states, tasks, template

TASKS = tasks()


@pytest.fixture(params=sorted(TASKS))
def task(request: pytest.FixtureRequest) -> Json:
    found: Json = TASKS[request.param]
    return found


def test_a_task_times_out(task: Json) -> None:
    assert isinstance(task["TimeoutSeconds"], int)
    assert 0 < task["TimeoutSeconds"] <= 910, "a function may take 900 s, and ends before its state does"


def test_a_task_is_retried_with_backoff_and_full_jitter(task: Json) -> None:
    assert task["Retry"]
    for retrier in task["Retry"]:
        assert retrier["BackoffRate"] > 1
        assert retrier["JitterStrategy"] == "FULL"
        assert retrier["MaxDelaySeconds"] >= retrier["IntervalSeconds"] > 0
        assert retrier["MaxAttempts"] > 0


def test_whatever_a_task_fails_with_is_caught(task: Json) -> None:
    # States.ALL has to stand alone, in the last catcher (Amazon States Language, "Errors").
    assert task["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@pytest.mark.parametrize("state", lambda_states())
def test_a_function_ends_before_its_state_does(state: str) -> None:
    properties = functions()[f"{state}Function"]["Properties"]
    timeout = properties.get("Timeout", template()["Globals"]["Function"]["Timeout"])
    assert timeout < states()[state]["TimeoutSeconds"], folder_of(state)


def test_every_failure_path_ends_in_the_named_failure() -> None:
    assert [name for name, state in states().items() if state["Type"] == "Fail"] == ["Failed"]
    assert set(states()["Failed"]) >= {"Error", "Cause"}
