"""Why a smoke test cannot be made, or was not passed."""

from __future__ import annotations

from slipway.errors import Refused


class PayloadRefused(Refused):
    """The smoke test's payload cannot be sent."""


class PayloadNotFound(PayloadRefused):
    """There is no such object, or no such bucket."""


class PayloadAccessDenied(PayloadRefused):
    """The stack may not read the payload."""


class PayloadTooLarge(PayloadRefused):
    """The payload is larger than what InvokeEndpoint takes."""


class SmokeTestFailed(Refused):
    """The endpoint is InService and did not answer the smoke test: what served before is put back."""
