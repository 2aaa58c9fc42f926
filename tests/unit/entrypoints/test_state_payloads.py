"""events/states: each file is exactly what the workflow sends, and stays so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conventions.project import folder_of, uncalled_by_the_workflow
from tests.fakes.services import FakeServices
from tests.unit.entrypoints.chain import payloads
from tests.unit.events import EXECUTIONS, ROOT, STATES, read

LAMBDA = "arn:aws:states:::lambda:invoke"
WORKFLOW = yaml.safe_load((ROOT / "statemachine" / "deploy_endpoint.asl.yaml").read_text(encoding="utf-8"))
LAMBDA_STATES = {name: state for name, state in WORKFLOW["States"].items() if state.get("Resource") == LAMBDA}


def test_every_lambda_state_has_a_payload_and_a_folder_of_its_name() -> None:
    states = {payload["State"]: path.stem for path in STATES for payload in [read(path)]}
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    schedule_handler = {folder_of(name) for name in uncalled_by_the_workflow()}

    assert states.keys() == LAMBDA_STATES.keys()
    assert set(states.values()) == folders - schedule_handler
    assert all(stem.replace("_", "") == state.lower() for state, stem in states.items())


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
