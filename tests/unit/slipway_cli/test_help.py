"""The help of every command on a terminal of 80 columns: examples can be copied, and lists are not cut."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from slipway_cli.main import COMMANDS, main

GROUPS = {
    name: list(group.commands)
    for name in COMMANDS
    if isinstance(group := main.get_command(click.Context(main), name), click.Group)
}
PATHS = [(name,) for name in COMMANDS] + [(group, name) for group, names in GROUPS.items() for name in names]


def help_of(*path: str) -> list[str]:
    return CliRunner().invoke(main, [*path, "--help"], terminal_width=80).stdout.splitlines()


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_the_example_is_one_line(path: tuple[str, ...]) -> None:
    assert help_of(*path)[-1].startswith("  Example: ")


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_says_in_whole_sentences_what_each_of_its_commands_does(group: str) -> None:
    lines = help_of(group)
    listed = lines[lines.index("Commands:") + 1 : -2]
    assert [line.split()[0] for line in listed] == sorted(GROUPS[group])
    assert [line for line in listed if line.endswith("...")] == []
