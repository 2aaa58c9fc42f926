"""docs/commands.md is what the commands say of themselves, and every example can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dev.command_reference import example_of, own_parameters, reference, walk
from dev.generated_sections import section_of
from slipway_cli.main import COMMANDS, main
from slipway_cli.output.failures import SUPERSEDED, Failure, Interrupted, Unreached
from tests.conventions.project import ROOT

DOCUMENT = ROOT / "docs" / "commands.md"
EVERY = dict(walk())
RUN = {name: command for name, command in EVERY.items() if not isinstance(command, click.Group)}


def test_the_document_is_what_is_written_now() -> None:
    assert section_of(DOCUMENT.read_text(encoding="utf-8"), "commands") == f"\n{reference()}\n", "stale: run make docs"


def test_every_command_of_the_group_is_walked_through() -> None:
    assert {name.split()[1] for name in EVERY} == set(COMMANDS)
    assert {"slipway local up", "slipway local down", "slipway local status", "slipway local reset"} < set(RUN)


@pytest.mark.parametrize("name", RUN)
def test_every_flag_is_in_the_commands_section(name: str) -> None:
    section = reference().split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
    for parameter in own_parameters(RUN[name]):
        if isinstance(parameter, click.Option):
            assert all(f"`{flag}" in section for flag in parameter.opts)
            assert (parameter.help or "").endswith("."), parameter


@pytest.mark.parametrize("name", EVERY)
def test_every_help_ends_in_an_example(name: str) -> None:
    result = CliRunner().invoke(main, [*name.split()[1:], "--help"])
    assert result.exit_code == 0
    assert f"Example: {example_of(EVERY[name])}" in " ".join(result.stdout.split())
    assert f"slipway {name.split()[1]}" in example_of(EVERY[name])


@pytest.mark.parametrize("name", RUN)
def test_every_example_can_be_typed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model").mkdir()
    for file in ("model.tar.gz", "deployment.json", "picture.jpg"):
        Path(file).touch()
    # `eval "$(slipway …)"` is how a shell takes a script.
    words = shlex.split(re.sub(r'^eval "\$\((.*)\)"$', r"\1", example_of(RUN[name])))
    assert words[: len(name.split())] == name.split()

    RUN[name].make_context(name, words[len(name.split()) :])


def test_a_flag_that_does_not_exist_could_not_be_typed() -> None:
    with pytest.raises(click.NoSuchOption):
        RUN["slipway wake"].make_context("wake", ["my-endpoint", "--nosuch"])


def test_the_exit_codes_are_listed() -> None:
    listed = re.findall(r"^\| (\d+) \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    codes = {0, Failure.exit_code, click.UsageError.exit_code, Unreached.exit_code, SUPERSEDED, Interrupted.exit_code}
    assert {int(code) for code in listed} == codes
