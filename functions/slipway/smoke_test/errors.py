"""Why a smoke test cannot be made."""

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
