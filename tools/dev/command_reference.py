"""The commands and their flags as Markdown, from what `--help` is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

from slipway_cli.main import COMMANDS, main

EXAMPLE = "Example: "
# Flags that most commands share are listed once.
SHARED = ("profile", "region", "stack", "local")


def reference() -> str:
    """Return an overview of the commands, the flags that they share, and a section for each with its own flags."""
    commands = [(name, command) for name, command in walk() if not isinstance(command, click.Group)]
    parts = [
        "| command | does | for example |",
        "| --- | --- | --- |",
        *(_row(name, command) for name, command in commands),
        "",
        "## Common flags",
        "",
        *_table(shared_options()),
    ]
    for name, command in commands:
        parts += ["", *_section(name, command)]
    return "\n".join(parts)


def walk() -> Iterator[tuple[str, click.Command]]:
    """Yield every command by its full name, groups before what is in them."""
    with click.Context(main, info_name="slipway") as context:
        for name in COMMANDS:
            command = main.get_command(context, name)
            assert command is not None, name
            yield from _beneath(f"slipway {name}", command)


def example_of(command: click.Command) -> str:
    """Return the example that ends a command's help; empty where there is none."""
    epilog = command.epilog or ""
    return " ".join(epilog.removeprefix(EXAMPLE).split()) if epilog.startswith(EXAMPLE) else ""


def own_parameters(command: click.Command) -> list[click.Parameter]:
    """Return a command's arguments and flags without those that are listed once, if it has them all."""
    names = {parameter.name for parameter in command.params}
    shared = SHARED if names.issuperset(SHARED) else ()
    return [parameter for parameter in command.params if parameter.name not in shared]


def shared_options() -> list[click.Parameter]:
    """Return the flags that say which Slipway is meant."""
    endpoints = next(command for name, command in walk() if name == "slipway endpoints")
    return [parameter for parameter in endpoints.params if parameter.name in SHARED]


def _beneath(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for part, beneath in command.commands.items():
            yield from _beneath(f"{name} {part}", beneath)


def _section(name: str, command: click.Command) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield f"`{name}{''.join(f' {_usage(one)}' for one in own_parameters(command) if isinstance(one, click.Argument))}`"
    for paragraph in re.split(r"\n\s*\n", command.help or ""):
        yield ""
        yield _escaped(" ".join(paragraph.split()))
    options = [parameter for parameter in own_parameters(command) if isinstance(parameter, click.Option)]
    if options:
        yield ""
        yield from _table(options)


def _table(options: Sequence[click.Parameter]) -> Iterator[str]:
    yield "| flag | is |"
    yield "| --- | --- |"
    for option in options:
        assert isinstance(option, click.Option)
        yield f"| {_flags(option)} | {_escaped(option.help or '')}{_variables(option)}{_default(option)} |"


def _flags(option: click.Option) -> str:
    value = "" if option.is_flag else f" {option.make_metavar(click.Context(main))}"
    return ", ".join(f"`{flag}{value}`" for flag in [*option.opts, *option.secondary_opts])


def _default(option: click.Option) -> str:
    return f" Default: `{option.default}`." if option.show_default and option.default not in (None, False, True) else ""


def _variables(option: click.Option) -> str:
    names = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
    return f" From {' or '.join(f'`{name}`' for name in names)}." if names else ""


def _usage(argument: click.Argument) -> str:
    return argument.make_metavar(click.Context(main))


def _row(name: str, command: click.Command) -> str:
    first = " ".join((command.help or "").split("\n\n")[0].split())
    does = COMMANDS.get(name.removeprefix("slipway "), first).rstrip(".")
    return f"| [`{name}`](#{name.replace(' ', '-')}) | {_escaped(does)} | `{example_of(command)}` |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
