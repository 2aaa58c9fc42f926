"""`slipway`: the group of commands. Each is `command` in a module of its own, imported only when it is called."""

from __future__ import annotations

import importlib

import click

from slipway.errors import SlipwayError

# What `slipway --help` says of each command, so that saying it imports none of them.
COMMANDS = {
    "image": "Print the registry path of AWS's inference image.",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name, and turns a domain error into one line and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command's module and return its command; None when there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"slipway_cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of the domain is for the user, anything else is a bug and stays a traceback."""
        try:
            return super().invoke(ctx)
        except SlipwayError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Launch models on Amazon SageMaker endpoints."""


if __name__ == "__main__":
    main()
