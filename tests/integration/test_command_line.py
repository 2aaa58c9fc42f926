"""`slipway` on the local stack: deploy, look, break, explain; and Ctrl-C, which leaves the deployment alone."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests import processes
from tests.integration import archives
from tests.integration.command_line import Slipway
from tests.integration.deployments import Account, endpoint_name, wait_for


def written(folder: Path, content: bytes) -> str:
    """Write an archive; return its name."""
    file = folder / "model.tar.gz"
    file.write_bytes(content)
    return str(file)


def executions_for(slipway: Slipway, name: str) -> list[dict[str, Any]]:
    listed = json.loads(slipway("status", "--limit", "200", "--json").stdout)
    return [one for one in listed if one["EndpointName"] == name]


def test_deploy_look_break_and_explain(slipway: Slipway, account: Account, tmp_path: Path) -> None:
    name = endpoint_name("command-line")

    # When a good archive is deployed and followed
    archive = written(tmp_path, archives.answering(3, **{f"{name}.txt": b"no other test has uploaded it"}))
    deployed = slipway("deploy", archive, "--name", name, "--wait")
    # Then each state is shown with its duration, and what serves in the end; and one execution did it
    assert deployed.exit_code == 0, deployed.output
    assert "Uploaded model.tar.gz" in deployed.stdout
    assert f"Created {name} in " in deployed.stdout
    assert all(state in deployed.stdout for state in ("PlanDeployment", "WaitForEndpoint", "AnnounceDeployed"))
    assert account.invoke(name, [1, 2])["sum"] == 9
    assert len(executions_for(slipway, name)) == 1

    # And the same again changes nothing, and uploads nothing
    again = slipway("deploy", archive, "--name", name, "--wait", "--json")
    assert json.loads(again.stdout)["Outcome"] == "AlreadyDeployed"
    assert "Already uploaded" in again.stderr

    # When the next one is broken
    broken = slipway("deploy", written(tmp_path, archives.crashing()), "--name", name, "--wait")
    # Then the exit code says so, with the name, the remedy and the container's own words
    assert broken.exit_code == 1, broken.output
    assert "ModelCodeFailed: the deployment of" in broken.stdout
    assert "the model is upside down" in broken.stdout

    # And status, explain and logs say the same afterwards, of the endpoint that still serves what it did
    status = json.loads(slipway("status", name, "--json").stdout)
    assert (status["Status"], status["Endpoint"]["Status"]) == ("FAILED", "InService")
    assert "the model is upside down" in slipway("explain", name).stdout
    explained = json.loads(slipway("explain", status["Name"], "--json").stdout)
    assert explained["Explanation"]["Error"] == "ModelCodeFailed"
    lines = [json.loads(line) for line in slipway("logs", name, "--json").stdout.splitlines()]
    assert any("the model is upside down" in line["Message"] for line in lines)
    assert slipway("logs", name, "--lines", "1").stdout.count("\n") == 1

    # And the states can be drawn
    picture = tmp_path / "states.svg"
    assert slipway("status", name, "--timeline", str(picture)).exit_code == 0
    assert "WaitForEndpoint" in [text.text for text in ElementTree.parse(picture).iter() if text.tag.endswith("text")]


def test_ctrl_c_leaves_the_deployment_running_and_says_how_to_come_back(
    slipway: Slipway, account: Account, tmp_path: Path
) -> None:
    name = endpoint_name("interrupted")
    archive = written(tmp_path, archives.answering(2))
    command = [sys.executable, "-m", "slipway_cli.main", "deploy", archive, "--name", name, "--wait"]

    # Given a deployment that is being followed
    with processes.started(command, env=processes.project_environment(**account.environment)) as process:
        process.stdout.until("PlanDeployment")
        # When Ctrl-C is pressed
        process.send(signal.SIGINT)
        said = process.stderr.rest()
        code = process.wait()

    # Then the command ends, and says how to come back
    assert code == 130, said
    assert said.startswith("The deployment continues. Watch it again with: slipway status ")
    # And coming back as it says finds the end of the deployment
    back = slipway(*said.split("slipway ", 1)[1].split())
    assert back.exit_code == 0, back.output
    assert f"Created {name}" in back.stdout
    assert wait_for(lambda: account.invoke(name, [1]) or None)["sum"] == 2


def test_what_is_not_there_is_said_to_be_so(slipway: Slipway) -> None:
    for command in ("status", "explain"):
        result = slipway(command, "nowhere")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "No deployment found for nowhere: it is not an execution of slipway" in result.stderr
    assert "There is no endpoint nowhere" in slipway("logs", "nowhere").stderr
    missing = slipway("status", "--stack", "another")
    assert missing.exit_code == 3
    assert "There is no stack another" in missing.stderr
