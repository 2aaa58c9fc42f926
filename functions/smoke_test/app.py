"""SmokeTest: a real invocation with the user's sample."""

from slipway.bootstrap import Services
from slipway.entry_point import Request, entry_point
from slipway.use_cases.smoke_test import SmokeTest, smoke_test


@entry_point
def handler(request: Request, services: Services) -> SmokeTest:
    """Take {Plan, Execution}; return the endpoint's answer."""
    return smoke_test(request["Plan"], services.payloads, services.runtime)
