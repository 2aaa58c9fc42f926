"""`slipway doctor` on the local stack: its checks pass, each probe is confirmed, and nothing is left of them."""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path
from typing import Any

from slipway_cli.doctor.assumptions import ASSUMPTIONS
from slipway_cli.doctor.lab import PREFIX
from tests import processes
from tests.integration.command_line import Slipway
from tests.integration.deployments import Account


def left_of_probes(account: Account) -> list[str]:
    """Return the names of everything of probes that exists, and the keys of their objects."""
    found = [
        *(one["EndpointName"] for one in account.sagemaker.list_endpoints(NameContains=PREFIX)["Endpoints"]),
        *(one["ModelName"] for one in account.sagemaker.list_models(NameContains=PREFIX)["Models"]),
        *account.client("sqs").list_queues(QueueNamePrefix=PREFIX).get("QueueUrls", []),
        *(one["Name"] for one in account.client("events").list_rules(NamePrefix=PREFIX)["Rules"]),
        *(
            one["AlarmName"]
            for one in account.client("cloudwatch").describe_alarms(AlarmNamePrefix=PREFIX)["MetricAlarms"]
        ),
        *(
            one["name"]
            for one in account.stepfunctions.list_state_machines()["stateMachines"]
            if one["name"].startswith(PREFIX)
        ),
    ]
    configs = account.sagemaker.list_endpoint_configs(NameContains=PREFIX)["EndpointConfigs"]
    found += [one["EndpointConfigName"] for one in configs]
    for prefix in ("probes/", f"inference/{PREFIX}"):
        versions = account.s3.list_object_versions(Bucket=account.description.model_bucket, Prefix=prefix)
        found += [one["Key"] for one in (*versions.get("Versions", []), *versions.get("DeleteMarkers", []))]
    return found


def test_no_check_of_a_deployed_stack_fails(slipway: Slipway) -> None:
    result = slipway("doctor", "--json")

    found: list[dict[str, Any]] = json.loads(result.stdout)
    assert result.exit_code == 0, result.output
    # Other tests fail deployments on purpose, which raises the alarm.
    assert {one["Check"] for one in found if one["Status"] != "OK"} <= {"alarms", "dead letters", "probes"}
    assert {"stack", "resources", "workflow", "code", "roles", "quotas"} <= {one["Check"] for one in found}


def test_each_assumption_holds_on_the_local_stack_and_nothing_is_left(
    account: Account, slipway: Slipway, tmp_path: Path
) -> None:
    file = tmp_path / "report.json"

    result = slipway("doctor", "--probe", "--yes", "--report", str(file))

    report = json.loads(file.read_text(encoding="utf-8"))
    assert {one["Id"]: one["Verdict"] for one in report["Findings"]} == dict.fromkeys(
        [one.key for one in ASSUMPTIONS], "Confirmed"
    ), result.output
    assert (result.exit_code, report["LeftBehind"]) == (0, [])
    assert not re.search(r"\b\d{12}\b", file.read_text(encoding="utf-8"))
    assert left_of_probes(account) == []


def test_ctrl_c_leaves_nothing_of_a_probe(account: Account, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    options = ["--probe", "--yes", "--report", str(file), "--only", "busy-texts", "--only", "pending-summary"]
    command = [sys.executable, "-m", "slipway_cli.main", "doctor", *options]

    # Given probes, of which the second has just asked for its endpoint
    with processes.started(command, env=processes.project_environment(**account.environment)) as process:
        process.stderr.until("creating the endpoint for instances")
        # When Ctrl-C is pressed
        process.send(signal.SIGINT)
        said = process.stderr.rest()
        code = process.wait()

    # Then what they created is deleted, and what was found so far is written
    assert code == 130, said
    assert "deleting what the probes created" in said
    assert [one["Id"] for one in json.loads(file.read_text(encoding="utf-8"))["Findings"]] == ["busy-texts"]
    assert left_of_probes(account) == []
