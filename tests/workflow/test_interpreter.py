"""The interpreter of the workflow's language, and what it refuses to guess."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.conventions.project import Json
from tests.workflow.definition import check
from tests.workflow.deployed_stack import workflow
from tests.workflow.failures import TaskError, UnknownFeature
from tests.workflow.interpreter import Execution, Interpreter, matches
from tests.workflow.virtual_time import START, VirtualTime

END: Json = {"Type": "Succeed"}


def run(states: Json, request: Any = None, errors: list[str] | None = None) -> tuple[Execution, VirtualTime]:
    """Run states to the end; a Task raises `errors` in turn, and then answers its arguments."""
    time, failing = VirtualTime(), list(errors or [])

    def call_task(execution: Execution, resource: str, arguments: Any) -> Any:
        if failing:
            raise TaskError(failing.pop(0), "because")
        return arguments

    machine = {"StartAt": next(iter(states)), "QueryLanguage": "JSONata", "States": states}
    check(machine)
    interpreter = Interpreter(machine, time.now, Random(0), call_task)
    execution = interpreter.start("one", "arn:one", "arn:machine", request)
    while execution.status == "RUNNING":
        time.advance(execution.due)
        interpreter.step(execution)
    return execution, time


def passing(output: Any, **fields: Any) -> Json:
    return {"Set": {"Type": "Pass", "Output": output, "Next": "End", **fields}, "End": END}


def task(**fields: Any) -> Json:
    resource = "arn:aws:states:::lambda:invoke"
    return {"Do": {"Type": "Task", "Resource": resource, "Arguments": {"a": 1}, "Next": "End", **fields}, "End": END}


def test_what_is_assigned_and_what_goes_out_are_both_of_the_variables_as_they_were() -> None:
    states = {
        "First": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Second"},
        "Second": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Output": "{% $a %}", "Next": "Third"},
        "Third": {"Type": "Pass", "Output": ["{% $a %}", "{% $b %}", "{% $states.input %}"], "Next": "End"},
        "End": END,
    }
    assert run(states)[0].output == [2, 1, 1]


def test_null_is_a_value_and_undefined_an_error() -> None:
    assert run(passing("{% $states.input.a %}"), {"a": None})[0].output is None
    ended, _ = run(passing("{% $states.input.b %}"), {"a": None})
    assert (ended.status, ended.error) == ("FAILED", "States.QueryEvaluationError")


def test_a_number_that_is_larger_than_a_double_equals_no_text() -> None:
    execution, _ = run(passing("{% $states.input = 'aws.s3' %}"), 10**400)
    assert (execution.status, execution.output) == ("SUCCEEDED", False)


def test_expressions_read_virtual_time() -> None:
    states = {"Wait": {"Type": "Wait", "Seconds": 90, "Next": "Set"}, **passing(["{% $now() %}", "{% $millis() %}"])}
    later = START + timedelta(seconds=90)
    assert run(states)[0].output == ["2026-11-01T12:01:30.000Z", later.timestamp() * 1000]


def test_a_task_is_tried_again_as_often_as_its_retrier_says() -> None:
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 3.0, "MaxAttempts": 2}]
    ended, time = run(task(Retry=retry), errors=["Busy", "Busy"])
    assert (ended.status, ended.history, time.now() - START) == ("SUCCEEDED", ["Do", "End"], timedelta(seconds=40))
    ended, _ = run(task(Retry=retry), errors=["Busy"] * 3)
    assert (ended.status, ended.error) == ("FAILED", "Busy")


def test_a_catcher_is_given_the_error() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.Error %}", "Next": "End"}]
    assert run(task(Catch=catch), errors=["Broken"])[0].output == "Broken"


@pytest.mark.parametrize(
    ("names", "error", "expected"),
    [
        (["States.ALL"], "Anything", True),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.TaskFailed"], "Anything", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["Other"], "Anything", False),
    ],
)
def test_wildcards_match_what_the_developer_guide_says(names: list[str], error: str, expected: bool) -> None:
    assert matches(names, error) is expected


@pytest.mark.parametrize(
    "states",
    [
        {"End": {"Type": "Parallel"}},
        {"End": {**END, "InputPath": "$.a"}},
        task(HeartbeatSeconds=10),
        task(Resource="arn:aws:states:::sqs:sendMessage"),
        task(Next="Nowhere"),
        {"Ask": {"Type": "Choice", "Choices": [{"Variable": "$.a", "Next": "End"}]}, "End": END},
    ],
)
def test_what_is_not_known_is_refused_before_it_is_run(states: Json) -> None:
    with pytest.raises(UnknownFeature):
        run(states)


def test_the_workflow_uses_only_what_is_known() -> None:
    check(workflow())
