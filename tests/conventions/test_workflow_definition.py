"""The workflow is well formed before substitution, and reads nothing that was not assigned."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonata.jsonata import Jsonata  # type: ignore[import-untyped]
from statelint.config import Config
from statelint.linter import Linter

from tests import processes
from tests.conventions.expressions import ADDED, expressions_in, known_on_entry, variables_in, variables_of
from tests.conventions.project import (
    MACHINES,
    Json,
    definition,
    folder_of,
    functions,
    lambda_states,
    states,
    states_of_machines,
    tasks,
    template,
)

# Step Functions developer guide, "Using Map state in Distributed mode", "Transforming data with JSONata": numbers of a
# Map may be expressions. Neither linter knows that, and statelint knows no field that came after 2022.
LATER = tuple(
    f'Field "{field}" not allowed in State Machine.States.RunWave{where}'
    for field, where in (("Label", ""), ("InputType", ".ItemReader.ReaderConfig"), ("WriterConfig", ".ResultWriter"))
)
COMPUTED = ("MaxConcurrency", "ToleratedFailurePercentage")


def with_numbers(machine: Json) -> Json:
    """Return a definition with a number in place of each expression that computes one of a Map."""
    found = machine["States"].items()
    of_maps = {name: {**state, **dict.fromkeys(COMPUTED, 1)} for name, state in found if state["Type"] == "Map"}
    return {**machine, "States": {**machine["States"], **of_maps}}


def cfn_lint(machines: dict[str, Json], file: Path) -> dict[str, list[str]]:
    """Return what cfn-lint finds in state machines; in a process of its own, because its import is slow."""
    template = {
        "Resources": {
            name: {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"RoleArn": "arn:aws:iam::123456789012:role/Machine", "Definition": machine},
            }
            for name, machine in machines.items()
        }
    }
    # CloudFormation would replace the placeholders; a linter takes them for its own.
    file.write_text(json.dumps(template).replace("${", "").replace("FunctionArn}", ""), encoding="utf-8")
    program = Path(sys.executable).with_name("cfn-lint")
    command: list[str | Path] = [program, "--regions", "us-east-1", "--format", "json", "--", file]
    found: dict[str, list[str]] = {name: [] for name in machines}
    for match in json.loads(processes.run(command, check=False).stdout or "[]"):
        found[match["Location"]["Path"][1]].append(match["Message"])
    return found


def broken(machine: str, change: dict[str, Any]) -> Json:
    found = states(machine)
    first = lambda_states(machine)[0]
    return {**definition(machine), "States": {**found, first: {**found[first], **change}}}


@pytest.mark.parametrize("machine", MACHINES)
def test_statelint_finds_nothing(machine: str) -> None:
    config = Config(evaluate_jsonata=True)
    # It does not know yet that JSONata may say how long to wait, as Step Functions and cfn-lint do.
    computed = {f"State Machine.States.{name}.Seconds" for name, state in states().items() if state["Type"] == "Wait"}
    problems = Linter.validate(with_numbers(definition(machine)), config)
    assert [one for one in problems if one.split(" is ")[0] not in computed and one not in LATER] == []
    assert Linter.validate(broken(machine, {"Next": "Nowhere"}), config)


@pytest.mark.full
def test_cfn_lint_finds_nothing(tmp_path: Path) -> None:
    machines = {"".join(filter(str.isalpha, machine)): with_numbers(definition(machine)) for machine in MACHINES}
    bad = broken(MACHINES[0], {"TimeoutSeconds": "soon"})
    found = cfn_lint({**machines, "Broken": bad}, tmp_path / "template.json")
    assert any("'soon' is not of type 'number'" in message for message in found.pop("Broken"))
    assert found == {name: [] for name in machines}


def test_everything_is_jsonata() -> None:
    assert {definition(machine)["QueryLanguage"] for machine in MACHINES} == {"JSONata"}
    assert not [state for state in states().values() if "QueryLanguage" in state]


@pytest.mark.parametrize(("machine", "state"), states_of_machines())
def test_a_state_reads_only_what_every_way_to_it_has_assigned(machine: str, state: str) -> None:
    assert variables_of(states(machine)[state]) - known_on_entry(definition(machine))[state] == set()


@pytest.mark.parametrize(("machine", "state"), states_of_machines())
def test_a_state_calls_only_functions_that_step_functions_has(machine: str, state: str) -> None:
    called = {name for expression in expressions_in(states(machine)[state]) for name in variables_in(expression)[1]}
    for name in called - ADDED:
        assert name != "eval"
        assert Jsonata(f"$type(${name})").evaluate({}) == "function", name


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_can_be_reached(machine: str) -> None:
    assert set(known_on_entry(definition(machine))) == set(states(machine))


@pytest.mark.parametrize("machine", MACHINES)
def test_every_variable_is_read_somewhere(machine: str) -> None:
    assigned = {name for known in known_on_entry(definition(machine)).values() for name in known}
    assert assigned == {name for state in states(machine).values() for name in variables_of(state)}


def test_a_variable_of_one_way_only_is_not_known_after_both() -> None:
    machine = {
        "StartAt": "IsIt",
        "States": {
            "IsIt": {
                "Choices": [{"Condition": "{% true %}", "Assign": {"a": 1, "b": 1}, "Next": "End"}],
                "Assign": {"b": 2},
                "Default": "Loop",
            },
            "Loop": {"Assign": {"c": "{% $b %}"}, "Next": "End", "Catch": [{"Next": "Loop"}]},
            "End": {},
        },
    }
    assert known_on_entry(machine) == {"IsIt": frozenset(), "Loop": {"b"}, "End": {"b"}}


@pytest.mark.parametrize(
    ("expression", "variables", "functions"),
    [
        ("$plan.Deadline", {"plan"}, set()),
        ("$exists($states.result.X) ? $x : [$y, {'k': $z}]", {"x", "y", "z"}, {"exists"}),
        ("($a := 1; $map($b, function($v) { $v + $a }))", {"b"}, {"map"}),
        ("$a[$b = 1].c{'d': $e}", {"a", "b", "e"}, set()),
    ],
)
def test_what_an_expression_reads_and_calls_is_seen(expression: str, variables: set[str], functions: set[str]) -> None:
    assert variables_in(expression) == (variables, functions)


@pytest.fixture(params=[(machine, task) for machine in MACHINES for task in sorted(tasks(machine))], ids="-".join)
def task(request: pytest.FixtureRequest) -> Json:
    machine, name = request.param
    found: Json = tasks(machine)[name]
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


@pytest.mark.parametrize("machine", MACHINES)
def test_every_failure_path_ends_in_the_named_failure(machine: str) -> None:
    assert [name for name, state in states(machine).items() if state["Type"] == "Fail"] == ["Failed"]
    assert set(states(machine)["Failed"]) >= {"Error", "Cause"}
