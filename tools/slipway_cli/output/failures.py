"""The errors of commands: a line on standard error with the exception's notes below it, and a stable exit code.

    0    done; with --wait: deployed
    1    request failed: the input, the deployment, the operation
    2    usage error (click)
    3    AWS or the stack cannot be reached: credentials, permissions, network, no such stack
    4    with --wait: superseded by a newer deployment, which serves instead
    130  Ctrl-C; a deployment continues

A bug is a traceback.
"""

from __future__ import annotations

import json
import re
import sys
from typing import IO, Any

import click

from slipway.errors import AccessDenied, NotYet, SlipwayError
from slipway_cli.sdk.errors import Unreachable, notes_of
from slipway_cli.sdk.sdk_errors import refusal

FAILED = 1
SUPERSEDED = 4
# In click's `Context.meta`, where every command sees them: --json, and the options that chose the stack.
AS_JSON, CHOSEN = "slipway.as_json", "slipway.chosen"
# What a message names to be typed next; these need no stack.
COMMAND = re.compile(r"`(slipway (?!local|init|pack|serve|image|validate)[^`]+)`")

UNANSWERED = (Unreachable, AccessDenied, NotYet)


class Failure(click.ClickException):
    """An error for the user: `Error: <message>` with `details` below it, or JSON with --json."""

    exit_code = FAILED

    def __init__(self, name: str, message: str, details: str = "") -> None:
        context = click.get_current_context(silent=True)
        meta = context.meta if context else {}
        super().__init__(_with_options(message, meta.get(CHOSEN, "")))
        self.name = name
        self._details = details
        self._as_json = bool(meta.get(AS_JSON))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it to standard error."""
        if self._as_json:
            details = {"Details": self._details} if self._details else {}
            click.echo(json.dumps({"Error": self.name, "Message": self.message, **details}), err=True, file=file)
        else:
            super().show(file)
            if self._details:
                _show_details(self._details)


def _show_details(details: str) -> None:
    from slipway_cli.output.terminal import console, plain  # noqa: PLC0415 - rich, which few errors need

    screen = console(err=True)
    for line in details.splitlines():
        screen.print(plain(line), soft_wrap=True)


def _with_options(message: str, options: str) -> str:
    """Return a message whose commands address the same stack as the one that failed."""
    return COMMAND.sub(lambda found: found[0] if options in found[0] else f"`{found[1]}{options}`", message)


class Unreached(Failure):
    """AWS or the stack cannot be reached."""

    exit_code = 3


class JsonUsageError(click.UsageError):
    """A usage error of a command with --json."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it as JSON to standard error."""
        click.echo(json.dumps({"Error": "UsageError", "Message": self.format_message()}), err=True, file=file)


class Interrupted(Failure):
    """Ctrl-C."""

    exit_code = 130

    def __init__(self, message: str = "") -> None:
        super().__init__("Interrupted", message)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message, which is not an error."""
        if self.message:
            click.echo(self.message, err=True, file=file)


def user_errors() -> tuple[type[BaseException], ...]:
    """Return the classes of errors for the user, with those of the AWS SDK once it is imported."""
    botocore = sys.modules.get("botocore.exceptions")
    return (SlipwayError, botocore.BotoCoreError, botocore.ClientError) if botocore else (SlipwayError,)


def failure_of(error: BaseException) -> Failure:
    """Return the failure for one of `user_errors`."""
    assert isinstance(error, Exception)
    said = error if isinstance(error, SlipwayError) else refusal(error)
    kind = Unreached if isinstance(said, UNANSWERED) else Failure
    return kind(type(said).__name__, str(said), notes_of(said))
