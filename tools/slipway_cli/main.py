"""`slipway`: the group of commands. Each is `command` in a module of its own, imported only when it is called."""

from __future__ import annotations

import importlib

import click

from slipway_cli.output.failures import Interrupted, failure_of, user_errors

# What `slipway --help` says of each command, so that saying it imports none of them.
COMMANDS = {
    "deploy": "Deploy a model archive, from a file or from S3.",
    "status": "Show how far a deployment is, or the newest ones.",
    "explain": "Say why a deployment failed, and what to do.",
    "logs": "Print what an endpoint's containers wrote.",
    "endpoints": "List the endpoints, what they serve and what they cost.",
    "history": "List the deployments of an endpoint.",
    "rollback": "Put an earlier version of an endpoint back.",
    "wake": "Bring a deleted endpoint back.",
    "delete": "Delete an endpoint, and its versions when asked to.",
    "idle": "Show which endpoints nobody uses, what they cost, and delete them.",
    "invoke": "Send a file to an endpoint.",
    "image": "Print the registry path of AWS's inference image.",
    "validate": "Check an execution's input or a side file, offline.",
    "init": "Write a deployment.json.",
    "local": "Run Slipway on this machine: up, down, status, reset.",
    "completion": "Print what a shell needs to complete commands.",
    "console": "Show endpoints and deployments in the browser, and try models there.",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name, and turns errors for the user into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command's module and return its command; None when there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"slipway_cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what is for the user is said in a line, anything else is a bug and stays a traceback."""
        try:
            return super().invoke(ctx)
        except user_errors() as error:
            raise failure_of(error) from error
        except KeyboardInterrupt as interrupt:
            raise Interrupted from interrupt


EXIT_CODES = "Exit codes: 0 done, 1 refused or failed, 2 mistyped, 3 AWS or the stack could not be asked, 130 Ctrl-C."


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES)
@click.version_option(package_name="slipway", message="slipway %(version)s")
def main() -> None:
    """Launch models on Amazon SageMaker endpoints."""


if __name__ == "__main__":
    main()
