"""A rollout through the real template: a wave that fails, what is reported of it, and its redrive."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.deployments import Account, endpoint_name
from tests.integration.test_batch import archive, said, slipway


def test_a_wave_that_fails_starts_no_other_until_it_is_redriven(account: Account, tmp_path: Path) -> None:
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
    failed = slipway(account, "rollout", str(manifest), "--first", "1", "--wait", "--json")

    # Then the failure is named, and the second wave has not started
    assert failed.exit_code == 1, failed.output
    report = json.loads(failed.stdout)
    assert (report["Error"], report["Outcomes"]) == ("States.ExceedToleratedFailureThreshold", {})
    assert (report["Lines"], report["NotStarted"]) == (2, 1)
    assert [(one["EndpointName"], one["Error"]) for one in report["Failures"]] == [(names[0], "ArtifactNotFound")]

    # And after the cause is fixed, a redrive completes it
    account.upload(f"fleet/{names[0]}/missing.tar.gz", archive())
    redriven = said(slipway(account, "rollout", "redrive", report["Name"], "--wait", "--json"))
    assert (redriven["Outcome"], redriven["Outcomes"], redriven["NotStarted"]) == ("Completed", {"Created": 2}, 0)
    for name in names:
        account.delete(name)
