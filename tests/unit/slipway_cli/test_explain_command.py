"""`slipway explain`: the failure, when it happened, and what has happened since."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.fakes.step_functions import FakeStepFunctions, recorded, target_of
from tests.unit.slipway_cli.sdk.test_client_explanations import OneEndpoint

from slipway_cli.commands import explain
from slipway_cli.main import main


def slipway_explain(monkeypatch: pytest.MonkeyPatch, *recordings: dict[str, Any], as_json: bool = False) -> Result:
    target = target_of(stepfunctions=FakeStepFunctions(*recordings), sagemaker=OneEndpoint("InService"))
    monkeypatch.setattr(explain, "find_target", lambda choice: target)
    return CliRunner().invoke(main, ["explain", "digits", *(["--json"] if as_json else [])])


def after(recording: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    recording["description"]["startDate"] = other["description"]["startDate"] + timedelta(minutes=5)
    return recording


def test_when_it_happened_and_what_was_deployed_since_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = recorded("failed")
    created = after(recorded("created"), failed)

    shown = slipway_explain(monkeypatch, created, failed).stdout

    ended = f"{failed['description']['stopDate']:%Y-%m-%d %H:%M} UTC"
    assert f"When        {ended}, " in shown
    assert f"Since then  Created by {created['description']['name']}, started " in shown
    assert "Endpoint    InService with by-hand-1" in shown


def test_that_nothing_was_deployed_since_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Since then  no other deployment of digits" in slipway_explain(monkeypatch, recorded("failed")).stdout


def test_the_json_has_the_deployments_since(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = recorded("failed")
    created = after(recorded("created"), failed)

    explained = json.loads(slipway_explain(monkeypatch, created, failed, as_json=True).stdout)

    assert [one["Name"] for one in explained["Since"]] == [created["description"]["name"]]
    assert explained["Endpoint"] == {"EndpointName": "digits", "Status": "InService"}
