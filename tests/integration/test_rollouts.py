"""A rollout through the real template: a wave that fails, a stop, what is reported of each, and a redrive of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.command_line import Slipway, said
from tests.integration.control import clear_faults, order
from tests.integration.deployments import Account, endpoint_name, wait_for
from tests.integration.test_batch import archive


def test_a_rollout_that_failed_or_was_stopped_says_what_was_done_and_is_redriven(
    account: Account, slipway: Slipway, tmp_path: Path
) -> None:
    # Given a manifest of two waves, the first of which names an archive that is not there
    names = [endpoint_name(f"fleet-{number}") for number in range(2)]
    there = account.upload(f"fleet/{names[0]}/model.tar.gz", archive())
    missing = there.replace("model.tar.gz", "missing.tar.gz")
    lines = [
        {"Defaults": {"Framework": "mxnet", "InstanceType": "ml.m5.large"}},
        {"EndpointName": names[0], "ModelDataUrl": missing},
        {"EndpointName": names[1], "ModelDataUrl": there},
    ]
    manifest = tmp_path / "fleet.jsonl"
    manifest.write_text("\n".join(map(json.dumps, lines)))

    # When it is rolled out
    failed = slipway("rollout", str(manifest), "--first", "1", "--wait", "--json")

    # Then the failure is named, and the second wave has not started
    assert failed.exit_code == 1, failed.output
    report = json.loads(failed.stdout)
    assert (report["Error"], report["Outcomes"]) == ("States.ExceedToleratedFailureThreshold", {})
    assert (report["Lines"], report["NotStarted"]) == (2, 1)
    assert [(one["EndpointName"], one["Error"]) for one in report["Failures"]] == [(names[0], "ArtifactNotFound")]

    # When it is redriven after the cause is fixed, and stopped while SageMaker creates the endpoint of the second wave
    account.upload(f"fleet/{names[0]}/missing.tar.gz", archive())
    order(account, Fault="StuckCreating", EndpointName=names[1])
    said(slipway("rollout", "redrive", report["Name"], "--json"))
    wait_for(lambda: names[1] in account.made_for(names[1])["Endpoints"] or None)
    said(slipway("rollout", "stop", report["Name"], "--json"))

    # Then it says what was done, and what was not
    stopped = wait_for(lambda: ended_wave(slipway, report["Name"], 2))
    assert (stopped["Outcome"], stopped["Outcomes"], stopped["NotStarted"]) == ("Aborted", {"Created": 1}, 0)
    assert [(one["EndpointName"], one["Error"]) for one in stopped["Failures"]] == [(names[1], "ABORTED")]

    # And another redrive completes it
    clear_faults(account)
    redriven = said(slipway("rollout", "redrive", report["Name"], "--wait", "--json"))
    assert (redriven["Outcome"], redriven["NotStarted"], sum(redriven["Outcomes"].values())) == ("Completed", 0, 2)
    for name in names:
        account.delete(name)


def ended_wave(slipway: Slipway, name: str, number: int) -> dict[str, Any] | None:
    """Return the rollout once no line of a wave runs, and the ends of its lines are exported."""
    found: dict[str, Any] = said(slipway("rollout", "status", name, "--json"))
    waves = [wave for wave in found["Waves"] if wave["Number"] == number and not wave["Running"]]
    return found if waves and found["Failed"] else None
