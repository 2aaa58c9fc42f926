"""What the local SageMaker answers when it refuses, in AWS's codes and words.

    SageMakerError
    └── ResponseLost        the call was performed, its answer never arrives (an ordered fault)

SageMaker models only `ResourceLimitExceeded`; everything else is a `ValidationException`, distinguished by its
message, so the messages here are an interface: callers match their beginnings.
"""

from __future__ import annotations

from typing import Literal

from slipway_local.json_protocol import ServiceError

LostHow = Literal["InternalFailure", "ConnectionDropped"]


class SageMakerError(ServiceError):
    """A refusal as the caller sees it."""


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


def not_accessible(s3_uri: str, role_arn: str, region: str) -> str:
    """Return AWS's words for model data that the execution role may not read."""
    return (
        f'Could not access model data at {s3_uri}. Please ensure that the role "{role_arn}" exists and that its trust '
        'relationship policy allows the action "sts:AssumeRole" for the service principal "sagemaker.amazonaws.com". '
        'Also ensure that the role has "s3:GetObject" permissions and that the object is located in '
        f"{region}."
    )


def cannot_pull(role_arn: str, image: str) -> str:
    """Return AWS's words for an image that the execution role may not pull."""
    return (
        f"Role {role_arn} cannot pull {image}. Ensure that the role exists and the image was granted pull permission."
    )


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
