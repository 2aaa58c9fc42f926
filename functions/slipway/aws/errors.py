"""Translate botocore's errors into ours, once: by code, and by message prefix where one code has several meanings.

SageMaker models almost none of its errors: "not found", "already exists" and "busy" are all `ValidationException`,
distinguished by the text (seen in the threads that docs/errors.md names).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
from botocore.exceptions import ConnectionError as AwsConnectionError

from slipway.deployment.patterns import in_words
from slipway.errors import (
    AccessDenied,
    AlreadyExists,
    AwsRefused,
    EndpointBusy,
    NotFound,
    NotVisibleYet,
    QuotaExceeded,
    RoleNotAssumable,
    ServiceThrottled,
    ServiceUnavailable,
    SlipwayError,
)

BY_CODE: dict[str, type[SlipwayError]] = {
    "ThrottlingException": ServiceThrottled,
    "Throttling": ServiceThrottled,
    "ThrottledException": ServiceThrottled,  # Resource Groups Tagging
    "TooManyRequestsException": ServiceThrottled,
    "SlowDown": ServiceThrottled,
    "RequestLimitExceeded": ServiceThrottled,
    "AccessDeniedException": AccessDenied,
    "AccessDenied": AccessDenied,
    "AuthorizationError": AccessDenied,  # SNS
    "403": AccessDenied,  # S3, of a HEAD, whose answer has no body to name the error
    "ResourceLimitExceeded": QuotaExceeded,
    "ResourceNotFoundException": NotFound,
    "ResourceNotFound": NotFound,
    "ObjectNotFoundException": NotFound,
    "ConcurrentUpdateException": ServiceUnavailable,  # of Application Auto Scaling: ask again
    "NoSuchEntity": NotFound,  # IAM
    "ExecutionDoesNotExist": NotFound,  # Step Functions
    "NoSuchResourceException": NotFound,  # Service Quotas
    "ResourceInUse": EndpointBusy,
}
BY_MESSAGE: tuple[tuple[str, type[SlipwayError]], ...] = (
    ("Could not find model data", AwsRefused),
    ("Could not find ", NotFound),
    ("No scalable target found", NotFound),
    # Application Auto Scaling: the account's first target creates the service-linked role, which cannot be assumed for
    # some seconds (terraform-provider-aws retries it for a minute too).
    ("Unable to assume IAM role", NotVisibleYet),
    ("Cannot create already existing ", AlreadyExists),
    ("Cannot update in-progress ", EndpointBusy),  # an endpoint, or an inference component
    ("Could not assume role", RoleNotAssumable),
    ("Could not access model data", AwsRefused),
)
SERVER_ERROR = 500


@contextmanager
def aws_errors() -> Iterator[None]:
    """Raise our errors for botocore's, within a block that calls AWS."""
    try:
        yield
    except ClientError as error:
        raise translated(error) from error
    except (AwsConnectionError, HTTPClientError, IncompleteReadError) as error:
        raise ServiceUnavailable(f"AWS did not answer: {error}") from error
    except BotoCoreError as error:
        # Anything else botocore refuses by itself (parameters it cannot send) is as final as AWS's own refusal.
        raise AwsRefused(f"The request could not be sent: {error}") from error


def translated(error: ClientError) -> SlipwayError:
    """Return our error for a ClientError; AWS's own sentence stays the message, with regular expressions in words."""
    code, message = (
        error.response["Error"].get("Code", ""),
        in_words(error.response["Error"].get("Message", str(error))),
    )
    if code in BY_CODE:
        return BY_CODE[code](message)
    for prefix, kind in BY_MESSAGE:
        if message.startswith(prefix):
            return kind(message)
    if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= SERVER_ERROR:
        return ServiceUnavailable(f"{code}: {message}")
    return AwsRefused(f"{error.operation_name} was refused ({code}): {message}")
