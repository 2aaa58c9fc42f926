"""events/states: each file is exactly what the workflow sends, and stays so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conventions.project import definition, folder_of, states, uncalled_by_the_workflow
from tests.fakes.services import FakeServices
from tests.unit.entrypoints.chain import handler_of, payloads
from tests.unit.events import EXECUTIONS, ROOT, STATES, read, state_payload

LAMBDA = "arn:aws:states:::lambda:invoke"
WORKFLOW = definition()
LAMBDA_STATES = {name: state for name, state in states().items() if state.get("Resource") == LAMBDA}


def test_every_lambda_state_has_a_payload_and_a_folder_of_its_name() -> None:
    names = {payload["State"]: path.stem for path in STATES for payload in [read(path)]}
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    schedule_handler = {folder_of(name) for name in uncalled_by_the_workflow()}

    assert names.keys() == LAMBDA_STATES.keys()
    assert set(names.values()) == folders - schedule_handler
    assert all(stem.replace("_", "") == state.lower() for state, stem in names.items())


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_payload_has_the_fields_that_the_workflow_sends(path: Path) -> None:
    payload = read(path)

    sent = LAMBDA_STATES[payload["State"]]["Arguments"]["Payload"]

    assert list(payload) == list(sent)
    assert payload["State"] == sent["State"]


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_payload_holds_what_the_states_before_it_answer(path: Path, services: FakeServices, context: Any) -> None:
    assert read(path) == payloads(services, context)[path.stem]


def test_the_recorded_execution_has_the_fields_that_the_workflow_keeps() -> None:
    kept = WORKFLOW["States"]["RecordRequest"]["Assign"]["execution"]

    assert all(list(read(path)["Execution"]) == list(kept) for path in STATES)


def test_there_are_events_to_replay() -> None:
    assert len(EXECUTIONS) >= 6
    assert len(STATES) == len(LAMBDA_STATES)


def replay(folder: str, services: FakeServices, context: Any) -> Any:
    return handler_of(folder, services)(state_payload(folder), context)


def test_create_endpoint_creates_the_endpoint_with_its_model_and_configuration(
    services: FakeServices, context: Any
) -> None:
    made = [replay(name, services, context) for name in ("create_model", "create_endpoint_config", "create_endpoint")]

    assert made[2]["Action"] == "Created"
    names = [services.fake_sagemaker.names(kind) for kind in ("model", "endpoint-config", "endpoint")]
    assert names == [[made[0]["ModelName"]], [made[1]["EndpointConfigName"]], ["digits"]]


def test_a_candidate_is_created_beside_the_endpoint_and_removed(services: FakeServices, context: Any) -> None:
    for name in ("create_model", "create_endpoint_config", "create_endpoint", "create_candidate"):
        replay(name, services, context)
    endpoints = services.fake_sagemaker.names("endpoint")
    assert [name.startswith("digits-candidate-") for name in endpoints] == [False, True]

    services.fake_sagemaker.settle()
    assert replay("remove_candidate", services, context)["IsBusy"]
    services.fake_sagemaker.settle()
    assert not replay("remove_candidate", services, context)["IsBusy"]
    assert services.fake_sagemaker.names("endpoint") == ["digits"]


def test_explain_failure_names_the_cause(services: FakeServices, context: Any) -> None:
    explanation = replay("explain_failure", services, context)

    assert explanation["Error"] == "ContainerFailedPing"
    assert services.fake_logs.asked == ["digits"]


def test_explain_failure_does_without_a_plan(services: FakeServices, context: Any) -> None:
    failure = {"State": "PlanDeployment", "Error": "FieldMissing", "Cause": "EndpointName is missing."}
    payload = {**state_payload("explain_failure"), "Failure": failure, "Plan": {}}

    explanation = handler_of("explain_failure", services)(payload, context)

    assert explanation["Error"] == "FieldMissing"
    assert services.fake_logs.asked == []


def test_remove_failed_deployment_removes_what_the_states_before_it_made(services: FakeServices, context: Any) -> None:
    payloads(services, context)
    services.fake_sagemaker.fail_next("It did not pass the ping health check.")
    services.fake_sagemaker.settle()

    assert replay("remove_failed_deployment", services, context)["IsBusy"]
    services.fake_sagemaker.settle()
    removal = replay("remove_failed_deployment", services, context)

    model, config = state_payload("create_endpoint_config")["Model"], state_payload("create_endpoint")["EndpointConfig"]
    assert removal["Removed"] == [f"Model {model['ModelName']}", f"EndpointConfig {config['EndpointConfigName']}"]
    assert [services.fake_sagemaker.names(kind) for kind in ("model", "endpoint-config", "endpoint")] == [[], [], []]
