"""What keeps the client from an answer; each message is a sentence or two that ends in what to do.

SlipwayError
└── ClientError
    ├── Unreachable    AWS or the stack could not be asked      (exit code 3)
    │   ├── LocalStackNotRunning, StackNotFound, StackUnfinished
    │   └── RegionMissing, CredentialsMissing, CallRefused
    └── everything else that a module of the client defines      (exit code 1)

They are the user's to read; no state of the workflow raises or matches them.
"""

from __future__ import annotations

from slipway.errors import SlipwayError


class ClientError(SlipwayError):
    """Base of the errors below."""


class Unreachable(ClientError):
    """AWS, or the stack, could not be asked."""


class LocalStackNotRunning(Unreachable):
    """`--local` was given, and no `.local/stack.json` says where the local stack is."""


class StackNotFound(Unreachable):
    """There is no stack of this name in this account and region."""


class StackUnfinished(Unreachable):
    """The stack is there and lacks the outputs that a deployed Slipway has."""


class RegionMissing(Unreachable):
    """No region is configured."""


class CredentialsMissing(Unreachable):
    """Nothing says who is asking."""


class CallRefused(Unreachable):
    """AWS refused a call, or did not answer."""


class ExecutionNotFound(ClientError):
    """There is no execution of this name or ARN."""


class NothingDeployed(ClientError):
    """What was named is no execution, and no endpoint that was ever deployed."""


def notes_of(error: BaseException) -> str:
    """Return what was added to an exception for the user to read below its message."""
    return "\n".join(getattr(error, "__notes__", ()))
