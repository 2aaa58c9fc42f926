"""`slipway completion`: the script of each shell, and that it completes."""

from __future__ import annotations

import os
import shutil
import sys

import pytest
from click.testing import CliRunner
from tests import processes

from slipway_cli.main import COMMANDS, main


@pytest.mark.parametrize(
    ("shell", "mark"),
    [
        ("bash", "complete -o nosort -F _slipway_completion"),
        ("zsh", "#compdef slipway"),
        ("fish", "complete --no-files"),
    ],
)
def test_the_script_of_each_shell_calls_the_command(shell: str, mark: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])

    assert (result.exit_code, result.stderr) == (0, "")
    assert mark in result.stdout
    assert f"_SLIPWAY_COMPLETE={shell}_complete" in result.stdout


def test_an_unknown_shell_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["completion", "tcsh"]).exit_code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash on this machine")
@pytest.mark.parametrize(
    ("words", "completed"),
    [("roll", {"rollback"}), ("local ", {"up", "down", "status", "reset"}), ("validate --side", {"--side-file"})],
)
def test_bash_completes_commands_and_flags_by_it(words: str, completed: set[str]) -> None:
    typed = ["slipway", *words.split(" ")]
    run = f"{sys.executable} -c 'from slipway_cli.main import main; main(prog_name=\"slipway\")'"
    script = (
        f'eval "$({run} completion bash)"; slipway() {{ {run} "$@"; }}; COMP_WORDS=({" ".join(typed)} {chr(34) * 2}); '
        f"COMP_CWORD={len(typed) - 1}; _slipway_completion slipway; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    # The script asks the command by its name through env: here it is found on the PATH.
    done = processes.run(["bash", "-c", script], env=_with_command())
    assert completed <= set(done.stdout.split())


def _with_command() -> dict[str, str]:
    folder = os.path.dirname(sys.executable)  # noqa: PTH120 - as text for the PATH
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_every_command_is_completed() -> None:
    environment = {"COMP_WORDS": "slipway ", "COMP_CWORD": "1", "_SLIPWAY_COMPLETE": "bash_complete"}
    result = CliRunner().invoke(main, env=environment, prog_name="slipway")

    assert {line.split(",")[1] for line in result.stdout.splitlines()} == set(COMMANDS)
