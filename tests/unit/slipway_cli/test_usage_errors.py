"""Usage errors: a suggestion for a mistyped command, JSON with --json, and exit codes that a script can rely on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from slipway_cli.main import main
from slipway_cli.output.failures import CHOSEN, Failure
from slipway_cli.output.waiting import exit_code_of
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.local_stack import LocalProcess


@pytest.mark.parametrize(("typed", "meant"), [("deply", "deploy"), ("endpoint", "endpoints"), ("lgos", "logs")])
def test_a_mistyped_command_has_a_suggestion(typed: str, meant: str) -> None:
    result = CliRunner().invoke(main, [typed])
    assert result.exit_code == 2
    assert f"No such command '{typed}'. Did you mean {meant}?" in result.stderr


def test_a_command_without_a_similar_name_gets_the_list() -> None:
    assert "The commands are: deploy, status," in CliRunner().invoke(main, ["frobnicate"]).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["deply", "--json"], "Did you mean deploy?"),
        (["deploy", "--json"], "Pass a model"),
        (["logs", "--json"], "Missing argument 'ENDPOINT'"),
        (["logs", "e", "--json", "--since", "soon"], "'soon' is not a duration"),
    ],
)
def test_with_json_a_usage_error_is_json(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(main, arguments)
    document = json.loads(result.stderr)
    assert (result.exit_code, document["Error"]) == (2, "UsageError")
    assert message in document["Message"]


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["local", "up", "--port", "0"], "--port"),
        (["local", "up", "--clock-scale", "-1"], "--clock-scale"),
        (["local", "up", "--creation-seconds", "-1"], "--creation-seconds"),
        (["console", "--port", "70000"], "--port"),
        (["serve", ".", "--port", "-1"], "--port"),
    ],
)
def test_a_number_out_of_range_is_refused_before_anything_starts(arguments: list[str], option: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr


@pytest.mark.parametrize(
    ("status", "outcome", "explanation", "code"),
    [
        ("SUCCEEDED", "Created", {}, 0),
        ("SUCCEEDED", "AlreadyDeployed", {}, 0),
        ("SUCCEEDED", "Superseded", {}, 4),
        ("FAILED", "", {"Error": "ContainerFailedPing"}, 1),
    ],
)
def test_the_exit_code_says_whether_the_deployment_serves(
    status: str, outcome: str, explanation: dict[str, str], code: int
) -> None:
    started = datetime(2026, 11, 22, tzinfo=UTC)
    execution = Execution("arn:e", status, started, started, output={"Outcome": outcome}, explanation=explanation)
    assert exit_code_of(execution) == code


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("`slipway logs e` shows it.", "`slipway logs e --stack mine --local` shows it."),
        ("`slipway status e --stack mine --local`", "`slipway status e --stack mine --local`"),
        ("`slipway local up` or `make local`", "`slipway local up` or `make local`"),
    ],
)
def test_the_commands_of_an_error_address_the_stack_that_was_chosen(message: str, shown: str) -> None:
    with click.Context(click.Command("invoke")) as context:
        context.meta[CHOSEN] = " --stack mine --local"
        assert Failure("InvocationFailed", message).message == shown


def test_a_stack_that_is_not_running_is_not_reset(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["local", "reset", "--yes", "--work-folder", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (
        3,
        "Error: No local stack is running: `slipway local up` starts one.\n",
    )


@pytest.mark.parametrize("is_starting", [False, True])
def test_options_that_a_running_stack_does_not_take_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_starting: bool
) -> None:
    ready = {"endpoint_url": "http://127.0.0.1:4801", "region": "r"}
    described = {} if is_starting else ready
    monkeypatch.setattr(LocalProcess, "options", lambda _: {"port": 4801, "pid": 1})
    monkeypatch.setattr(LocalProcess, "description", lambda _: described)
    monkeypatch.setattr(LocalProcess, "start", lambda *_: described.update(ready))
    up = ["local", "up", "--work-folder", str(tmp_path), "--port"]
    assert "Caution: --port changes nothing" in CliRunner().invoke(main, [*up, "4803"]).stderr
    assert CliRunner().invoke(main, [*up, "4801"]).stderr == ""


@pytest.mark.parametrize(("arguments", "has_local"), [((), True), (("--work-folder", "elsewhere"), False)])
def test_what_is_said_of_a_started_stack_is_true_of_its_folder(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], has_local: bool
) -> None:
    described = {"endpoint_url": "http://127.0.0.1:4801", "region": "r", "account_id": "0", "outputs": {}}
    monkeypatch.setattr(LocalProcess, "options", lambda _: {"pid": 1})
    monkeypatch.setattr(LocalProcess, "description", lambda _: described)
    said = CliRunner().invoke(main, ["local", "up", *arguments]).stdout
    assert ("Commands find it with --local" in said) == has_local
    assert f"\n{' '.join(['slipway local down', *arguments])} stops it." in said
    assert max(map(len, said.splitlines())) <= 80
