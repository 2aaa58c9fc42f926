"""How commands end when they do not end well: a line on standard error, and an exit code that stays what it is.

    0    done; with --wait: deployed
    1    refused or failed: the input, the deployment, what was asked for
    2    the command itself was mistyped (click's own)
    3    AWS or the stack could not be asked: credentials, permissions, network, no such stack
    130  Ctrl-C; a deployment that was followed goes on

A bug is a traceback.
"""

from __future__ import annotations

import json
import sys
from typing import IO, Any

import click

from slipway.errors import AccessDenied, NotYet, SlipwayError
from slipway_cli.sdk.errors import Unreachable
from slipway_cli.sdk.sdk_errors import refusal

FAILED = 1
AS_JSON = "slipway.as_json"  # in click's `Context.meta`, where every command sees it

UNANSWERED = (Unreachable, AccessDenied, NotYet)


class Failure(click.ClickException):
    """An error for the user: `Error: <message>`, or as JSON where the command was asked for JSON."""

    exit_code = FAILED

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        context = click.get_current_context(silent=True)
        self._as_json = bool(context and context.meta.get(AS_JSON))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it to standard error."""
        if self._as_json:
            click.echo(json.dumps({"Error": self.name, "Message": self.message}), err=True, file=file)
        else:
            super().show(file)


class Unreached(Failure):
    """Somebody could not be asked."""

    exit_code = 3


class Interrupted(Failure):
    """Ctrl-C."""

    exit_code = 130

    def __init__(self, message: str = "") -> None:
        super().__init__("Interrupted", message)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print what there is to say: it is no error."""
        if self.message:
            click.echo(self.message, err=True, file=file)


def user_errors() -> tuple[type[BaseException], ...]:
    """Return the errors that are the user's to read. Those of the SDK are among them once it has been imported."""
    botocore = sys.modules.get("botocore.exceptions")
    return (SlipwayError, botocore.BotoCoreError, botocore.ClientError) if botocore else (SlipwayError,)


def failure_of(error: BaseException) -> Failure:
    """Return how to end for one of `user_errors`."""
    assert isinstance(error, Exception)
    said = error if isinstance(error, SlipwayError) else refusal(error)
    kind = Unreached if isinstance(said, UNANSWERED) else Failure
    return kind(type(said).__name__, str(said))
