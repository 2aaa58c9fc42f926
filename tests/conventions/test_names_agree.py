"""One name, everywhere: state, function, folder, handler, substitution, event, unit test, log group."""

from __future__ import annotations

import re

import pytest

from tests.conventions.project import (
    DEFINITIONS,
    FUNCTIONS,
    MACHINES,
    ROOT,
    folder_of,
    functions,
    lambda_states,
    resources,
    states,
    uncalled_by_the_workflow,
    use_case_of,
)

LAMBDA_STATES = lambda_states()
NAMES = [*LAMBDA_STATES, *uncalled_by_the_workflow()]


def substitutions(machine: str) -> dict[str, object]:
    (found,) = [
        one["Properties"]["DefinitionSubstitutions"]
        for one in resources("AWS::Serverless::StateMachine").values()
        if one["Properties"]["DefinitionUri"] == f"statemachine/{machine}.asl.yaml"
    ]
    return dict(found)


def test_every_function_is_a_state_or_called_by_an_event_or_scheduled_and_every_lambda_state_a_function() -> None:
    assert sorted(functions()) == sorted(f"{name}Function" for name in NAMES)


def test_every_folder_with_a_handler_is_a_state_or_called_by_an_event_or_scheduled() -> None:
    folders = sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py"))
    assert folders == sorted(folder_of(name) for name in NAMES)


def test_functions_are_written_in_the_order_in_which_the_workflow_calls_them_and_then_the_others() -> None:
    assert list(functions()) == [f"{name}Function" for name in NAMES]


@pytest.mark.parametrize("name", uncalled_by_the_workflow())
def test_a_function_that_the_workflow_does_not_call_its_handler_use_case_and_test_share_a_name(name: str) -> None:
    assert functions()[f"{name}Function"]["Properties"]["Handler"] == f"{folder_of(name)}.app.handler"
    assert use_case_of(name).is_file()
    assert list((ROOT / "tests" / "unit").rglob(f"test_{folder_of(name)}.py"))


@pytest.mark.parametrize("state", LAMBDA_STATES)
def test_a_state_its_handler_and_its_substitution_share_a_name(state: str) -> None:
    assert functions()[f"{state}Function"]["Properties"]["Handler"] == f"{folder_of(state)}.app.handler"
    assert states()[state]["Arguments"]["FunctionName"] == f"${{{state}FunctionArn}}"
    assert states()[state]["Arguments"]["Payload"]["State"] == state


@pytest.mark.parametrize("state", LAMBDA_STATES)
def test_a_failure_is_reported_under_the_name_of_its_state(state: str) -> None:
    named = {
        catcher["Assign"]["failure"]["State"]
        for catcher in states()[state]["Catch"]
        if "failure" in catcher.get("Assign", {})
    }
    assert named <= {state}


@pytest.mark.parametrize("state", LAMBDA_STATES)
def test_a_state_has_a_use_case_and_a_unit_test_of_its_name(state: str) -> None:
    assert use_case_of(state).is_file()
    assert list((ROOT / "tests" / "unit").rglob(f"test_{folder_of(state)}.py"))


@pytest.mark.parametrize("state", sorted(set(lambda_states(MACHINES[0])) & set(lambda_states(MACHINES[1]))))
def test_a_function_of_two_workflows_is_sent_the_same_fields(state: str) -> None:
    sent = [list(states(machine)[state]["Arguments"]["Payload"]) for machine in MACHINES[:2]]
    assert sent[0] == sent[1]


def test_every_lambda_state_has_one_event_and_every_event_a_state() -> None:
    events = sorted(path.name for path in (ROOT / "events" / "states").iterdir())
    assert events == sorted(f"{folder_of(state)}.json" for state in LAMBDA_STATES)


@pytest.mark.parametrize("machine", MACHINES)
def test_substitutions_are_exactly_the_placeholders(machine: str) -> None:
    placeholders = set(re.findall(r"\$\{(\w+)\}", DEFINITIONS[machine].read_text(encoding="utf-8")))
    assert placeholders == set(substitutions(machine))


@pytest.mark.parametrize("machine", MACHINES)
def test_a_substitution_is_the_arn_of_the_function_it_names(machine: str) -> None:
    for name, value in substitutions(machine).items():
        assert value == {"Fn::GetAtt": [name.removesuffix("Arn"), "Arn"]}


def test_choices_ask_a_question_and_ends_are_outcomes() -> None:
    for name, state in states().items():
        if state["Type"] == "Choice":
            assert re.match(r"(Is|Are|Was|Has|Does|Can|May)[A-Z]", name), name
        if state["Type"] in ("Succeed", "Fail"):
            assert name.endswith("ed"), name
