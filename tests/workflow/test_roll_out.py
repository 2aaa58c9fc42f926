"""Rollouts from manifest to summary: counts, failures by name, tolerance, redrive, waves that never start."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.interpreter import Execution
from tests.workflow.surroundings import archive
from tests.workflow.world import ROLLOUTS_ARN, World

DEFAULTS = {"Framework": "sklearn", "FrameworkVersion": "1.2-1", "InstanceType": "ml.m5.large"}
ARCHIVE, MISSING = "fleet/model.tar.gz", "fleet/missing.tar.gz"


def request(world: World, lines: int, failing: tuple[int, ...] = (), **fields: Any) -> dict[str, Any]:
    """Write a manifest whose lines of these numbers, from 0, name an archive that is not there."""
    world.put(ARCHIVE, archive("fleet"))
    rows = [{"Defaults": DEFAULTS}] + [
        {
            "EndpointName": f"fleet-{number}",
            "ModelDataUrl": f"s3://{MODEL_BUCKET}/{MISSING if number in failing else ARCHIVE}",
        }
        for number in range(lines)
    ]
    world.put("rollouts/fleet.jsonl", "\n".join(map(json.dumps, rows)).encode())
    return {"ManifestUrl": f"s3://{MODEL_BUCKET}/rollouts/fleet.jsonl", **fields}


def summary(world: World, execution: Execution) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        world.buckets.read(f"s3://{MODEL_BUCKET}/rollouts/{execution.name}/summary.json")
    )
    return found


def events(world: World) -> list[str]:
    return [entry["DetailType"] for entry in world.services.announced if entry["DetailType"].startswith("Rollout")]


def test_failures_within_the_tolerance_are_named_and_a_redrive_completes_them(world: World) -> None:
    waves = [{"Count": 2}, {"MaxConcurrency": 5, "ToleratedFailurePercentage": 25}]
    execution = world.deploy(request(world, 10, (7, 9), Waves=waves), ROLLOUTS_ARN)

    # The two are deployed once more, which nothing has repaired.
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    assert len(world.there().endpoints) == 8
    found = summary(world, execution)
    assert (found["Lines"], found["Outcomes"], found["Failed"]) == (10, {"Created": 8}, 2)
    assert [(one["Line"], one["EndpointName"], one["Error"]) for one in found["Failures"]] == [
        (9, "fleet-7", "ArtifactNotFound"),
        (11, "fleet-9", "ArtifactNotFound"),
    ]
    assert events(world) == []

    world.put(MISSING, archive("late"))
    world.redrive(execution)
    assert execution.output["Outcomes"] == {"Created": 10}
    assert (execution.outcome, execution.output["Failed"]) == ("Completed", 0)
    assert len(world.there().endpoints) == 10
    assert events(world) == ["Rollout Completed"]
    # 10 lines once, two of them a second time, and a third after the redrive.
    assert len(world.executions) == 1 + 2 * (10 + 2 + 2)


def test_no_later_wave_starts_after_one_that_exceeded_its_tolerance_until_it_is_redriven(world: World) -> None:
    waves = [{"Count": 3, "MaxConcurrency": 3}, {"Count": 2}, {}]
    execution = world.deploy(request(world, 6, (1,), Waves=waves), ROLLOUTS_ARN)

    assert execution.error == "States.ExceedToleratedFailureThreshold"
    started = {one.input["EndpointName"] for one in world.executions if "EndpointName" in one.input}
    assert started == {"fleet-0", "fleet-1", "fleet-2"}
    assert set(world.there().endpoints) <= {"fleet-0", "fleet-2"}
    # What was done is in the exported results, which name the failure.
    (failed,) = [key for key in world.buckets.keys("rollouts/") if key.endswith("FAILED_0.json")]
    assert "ArtifactNotFound" in world.buckets.read(f"s3://{MODEL_BUCKET}/{failed}").decode()

    world.put(MISSING, archive("late"))
    world.redrive(execution)
    assert (execution.outcome, sum(execution.output["Outcomes"].values())) == ("Completed", 6)
    assert len(world.there().endpoints) == 6


def test_a_rollout_that_is_repeated_changes_nothing(world: World) -> None:
    wanted = request(world, 2)
    world.deploy(wanted, ROLLOUTS_ARN)
    again = world.deploy(wanted, ROLLOUTS_ARN)
    assert again.output["Outcomes"] == {"AlreadyDeployed": 2}


@pytest.mark.parametrize(
    ("fields", "outcome"), [({"DryRun": True}, "Planned"), ({"ManifestUrl": "s3://slipway-models/no.jsonl"}, "Failed")]
)
def test_neither_a_dry_run_nor_a_refused_rollout_deploys_anything(
    world: World, fields: dict[str, Any], outcome: str
) -> None:
    execution = world.deploy({**request(world, 3), **fields}, ROLLOUTS_ARN)
    assert world.created == []
    if outcome == "Planned":
        assert (execution.outcome, execution.output["Lines"]) == ("Planned", 3)
        assert events(world) == []
    else:
        assert events(world) == ["Rollout Failed"]
        detail = json.loads(world.services.announced[-1]["Detail"])
        # The form of a failed deployment's event and cause.
        assert sorted(detail) == ["Error", "Execution", "Hint", "Message"]
        assert (detail["Error"], execution.error) == ("ManifestNotFound", "ManifestNotFound")
        assert detail["Message"].startswith("ManifestUrl is s3://slipway-models/no.jsonl")
        assert detail["Hint"].endswith("Nothing was created.")
