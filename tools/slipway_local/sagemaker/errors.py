"""What the local SageMaker answers when it refuses, in AWS's codes and words.

    SageMakerError
    └── ResponseLost        the call was performed, its answer never arrives (an ordered fault)

SageMaker models only `ResourceLimitExceeded`; everything else is a `ValidationException` told apart by its
message, so the messages here are an interface: callers match their beginnings.
"""

from __future__ import annotations

from typing import Literal

LostHow = Literal["InternalFailure", "ConnectionDropped"]


class SageMakerError(Exception):
    """A refusal as the caller sees it: AWS's error code, its message and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class ResponseLost(SageMakerError):
    """The call was performed and its answer lost; `how` says what the caller sees instead."""

    def __init__(self, how: LostHow) -> None:
        super().__init__("InternalFailure", "The response was lost after the call was performed.", 500)
        self.how = how


def refused(message: str) -> SageMakerError:
    """Return a ValidationException."""
    return SageMakerError("ValidationException", message)


def not_found(noun: str, arn: str) -> SageMakerError:
    """Return AWS's `Could not find ...`; SageMaker has no NotFound code for hosting resources."""
    return refused(f'Could not find {noun} "{arn}".')


def already_existing(noun: str, arn: str) -> SageMakerError:
    """Return AWS's answer to creating a name twice."""
    return refused(f'Cannot create already existing {noun} "{arn}".')


def in_progress(arn: str) -> SageMakerError:
    """Return AWS's answer to updating, rescaling or deleting a busy endpoint (the word is always `update`)."""
    return refused(f'Cannot update in-progress endpoint "{arn}".')


def failed_endpoint(arn: str) -> SageMakerError:
    """Return AWS's answer to updating a Failed endpoint, which may only be deleted."""
    return refused(f'Cannot update failed endpoint "{arn}".')


def in_use(noun: str, arn: str, endpoint_arn: str) -> SageMakerError:
    """Return our refusal to delete what a live endpoint needs (AWS documents `must not`, and lets it happen)."""
    return refused(f'Cannot delete {noun} "{arn}" while it is in use by endpoint "{endpoint_arn}".')
