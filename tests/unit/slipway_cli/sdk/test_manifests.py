"""Manifests that the command writes, and what it leaves out with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.step_functions import FakeStepFunctions, Session

from slipway.deployment.tags import EXECUTION
from slipway.rollouts.summarize_rollout import Results
from slipway_cli.sdk import manifests
from slipway_cli.sdk.manifests import Manifest, NothingToRollOut, rollback, upgrade
from slipway_cli.sdk.rollouts import Rollout
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.versions import NothingToRollBackTo

INPUTS: Mapping[str, dict[str, Any]] = {
    "old": {"EndpointName": "old", "Framework": "sklearn", "FrameworkVersion": "1.2-1", "InstanceType": "ml.m5.large"},
    "new": {"EndpointName": "new", "Framework": "sklearn", "FrameworkVersion": "1.4-2"},
    "torch": {"EndpointName": "torch", "Framework": "pytorch"},
    "uploaded": {"source": "aws.s3", "detail-type": "Object Created"},
    "back": {"EndpointName": "back", "EndpointConfigName": "back-1"},
}


def execution(name: str) -> dict[str, Any]:
    description = {"executionArn": f"arn:{name}", "status": "SUCCEEDED", "startDate": None, "output": "{}"}
    return {"description": {**description, "input": json.dumps(INPUTS[name])}, "events": []}


def endpoint(name: str, **tags: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, tags={EXECUTION: f"arn:{name}", "team": "fraud", **tags})


def test_an_upgrade_changes_the_version_of_what_has_the_tag_and_the_framework(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoints = [*map(endpoint, INPUTS), endpoint("old", team="other"), endpoint("gone")]
    monkeypatch.setattr(manifests, "list_endpoints", lambda _target: endpoints)
    workflow = FakeStepFunctions(*map(execution, INPUTS))
    target = Target(Session({"stepfunctions": workflow}), "eu-west-1", known_outputs={})

    manifest = upgrade(target, "sklearn", "1.4-2", {"team": "fraud"})

    assert manifest.lines == [{**INPUTS["old"], "FrameworkVersion": "1.4-2"}]
    assert [name for name, _ in manifest.left_out] == ["new", "torch", "uploaded", "back", "gone"]
    assert dict(manifest.left_out)["uploaded"].endswith("models/uploaded/deployment.json")
    assert dict(manifest.left_out)["back"].startswith("its last deployment was a rollback")


def test_a_rollback_restores_what_was_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    def previous(name: str, _versions: object) -> Any:
        if name == "first":
            raise NothingToRollBackTo("No other version.")
        return SimpleNamespace(config_name=f"{name}-before")

    monkeypatch.setattr(manifests, "versions_of", lambda _target, _name: [])
    monkeypatch.setattr(manifests, "previous_version", previous)
    deployed = {"a": "Updated", "b": "Redeployed", "c": "AlreadyDeployed", "d": "Created", "first": "Updated"}
    rollout = Rollout(execution=None, results=Results(deployed=deployed))  # type: ignore[arg-type]

    manifest = rollback(None, rollout)  # type: ignore[arg-type]

    assert manifest.lines == [{"EndpointName": name, "EndpointConfigName": f"{name}-before"} for name in ("a", "b")]
    assert [name for name, _ in manifest.left_out] == ["c", "d", "first"]


def test_a_manifest_without_a_line_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "rollout.jsonl"
    with pytest.raises(NothingToRollOut, match=r"a: it has 1\.4-2 already"):
        Manifest([], [("a", "it has 1.4-2 already")]).write(file)
    assert not file.exists()
    Manifest([{"EndpointName": "a"}, {"EndpointName": "b"}], []).write(file)
    assert [json.loads(line)["EndpointName"] for line in file.read_text().splitlines()] == ["a", "b"]
