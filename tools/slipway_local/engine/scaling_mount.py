"""Application Auto Scaling in MiniStack: moto's backend under AWS's error codes, and a service of Step Functions.

It keeps targets and policies, and never scales anything.
"""

from __future__ import annotations

import json
from typing import Any

from slipway_local.engine.moto_mount import MotoService, Response
from slipway_local.engine.service_mount import mount_service

SERVICE = "application-autoscaling"  # its signing name
TARGET_PREFIX = "AnyScaleFrontendService."
SDK_SERVICE = "applicationautoscaling"  # as Step Functions' resources spell it
# moto calls everything a ValidationException; the API reference of Deregister and Delete says otherwise.
NOT_FOUND = ("No scalable target found", "No scaling policy found")
# Not in the service's model, so that the Java SDK, and with it Step Functions, has no name of their own for them.
UNMODELLED = ("ThrottlingException", "AccessDeniedException", "InternalFailure", "ServiceUnavailable")

REPLACED = ("content-length", "x-amzn-errortype")


class ApplicationAutoScaling(MotoService):
    """moto's backend, put right."""

    def __init__(self) -> None:
        super().__init__(SERVICE)

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        """Answer one request."""
        return with_awss_code(await super().handle_request(method, path, headers, body, query_params))


def with_awss_code(response: Response) -> Response:
    """Return a response whose error code is the one that AWS documents for its message."""
    status, headers, body = response
    error = json.loads(body) if status == 400 else {}  # noqa: PLR2004 - every refusal of this protocol
    if not str(error.get("message", "")).startswith(NOT_FOUND):
        return response
    code = "ObjectNotFoundException"
    kept = {name: value for name, value in headers.items() if name.lower() not in REPLACED}
    return status, kept | {"X-Amzn-ErrorType": code}, json.dumps(error | {"__type": code}).encode()


def mount_scaling(service: ApplicationAutoScaling, app: Any, router: Any, stepfunctions: Any) -> None:
    """Register the service with MiniStack's application, its router and its Step Functions."""
    mount_service(SERVICE, TARGET_PREFIX, service, app, router)
    integration = {"target_prefix": TARGET_PREFIX.rstrip("."), "protocol": "json", "service_key": SERVICE}
    stepfunctions._AWS_SDK_SERVICE_MAP[SDK_SERVICE] = integration
    stepfunctions._AWS_SDK_ERROR_PREFIX[SDK_SERVICE] = "ApplicationAutoScaling"
    names = dict.fromkeys(UNMODELLED, "ApplicationAutoScalingException")
    stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES[SDK_SERVICE] = names
