"""`slipway`: the group of commands. Each is `command` in a module of its own, imported only when it is called."""

from __future__ import annotations

import importlib
from difflib import get_close_matches
from typing import Any

import click

from slipway_cli.output.failures import AS_JSON, Interrupted, JsonUsageError, failure_of, user_errors

# What `slipway --help` says of each command, so that saying it imports none of them.
COMMANDS = {
    "deploy": "Deploy a model, from a file or from S3.",
    "status": "Show the progress of a deployment, or the newest ones.",
    "explain": "Explain why a deployment failed, and what to do.",
    "logs": "Print the log of an endpoint's containers.",
    "endpoints": "List the endpoints, what they serve and what they cost.",
    "history": "List the deployments of an endpoint.",
    "rollback": "Restore an earlier version of an endpoint.",
    "wake": "Restore a deleted endpoint.",
    "scale": "Change how many instances an endpoint has.",
    "shift": "Share the requests of an endpoint among its variants.",
    "delete": "Delete an endpoint, and optionally its versions.",
    "batch": "Run a model over a data set, without an endpoint: start, status, stop, explain, download.",
    "rollout": "Deploy many endpoints by one manifest: start, write, status, stop, redrive.",
    "idle": "Show idle endpoints and their cost, and delete them.",
    "invoke": "Send a file to an endpoint.",
    "image": "Print the registry path of AWS's inference image.",
    "validate": "Check an execution's input or a side file, offline.",
    "init": "Write a deployment.json.",
    "pack": "Pack a folder or a model file into a model archive.",
    "serve": "Serve a model on this machine, without a stack.",
    "doctor": "Check the stack and its account, and probe what AWS does.",
    "local": "Run Slipway on this machine: up, down, status, reset.",
    "completion": "Print the completion script of a shell.",
    "console": "Show endpoints and deployments in the browser, and invoke models there.",
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and shows errors for the user as one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command's module and return its command; None when there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"slipway_cli.commands.{cmd_name}").command
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Parse the group's own arguments, and remember --json for the errors of parsing a command's."""
        as_json = "--json" in args
        try:
            context = super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            if as_json:
                raise JsonUsageError(error.format_message()) from error
            raise
        context.meta[AS_JSON] = as_json
        return context

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown name is a usage error with a suggestion."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = get_close_matches(name, COMMANDS, n=1)
            meant = f"Did you mean {close[0]}?" if close else f"The commands are: {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {name!r}. {meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. An error for the user is one line; anything else is a bug, with a traceback."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if ctx.meta.get(AS_JSON):
                raise JsonUsageError(error.format_message()) from error
            raise
        except user_errors() as error:
            raise failure_of(error) from error
        except KeyboardInterrupt as interrupt:
            raise Interrupted from interrupt


EXIT_CODES = (
    "Exit codes: 0 done, 1 failed, 2 usage error, 3 AWS or the stack cannot be reached, 4 superseded (with --wait), "
    "130 Ctrl-C."
)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(package_name="slipway", message="slipway %(version)s")
def main() -> None:
    """Deploy models to Amazon SageMaker endpoints."""


if __name__ == "__main__":
    main()
