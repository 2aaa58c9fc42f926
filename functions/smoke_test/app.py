"""SmokeTest: real invocations with the user's samples."""

from time import monotonic

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.smoke_test.smoke_test import SmokeTest, smoke_test


@task_handler
def handler(request: Request, services: Services) -> SmokeTest:
    """Take {Plan, EndpointName, Execution}; return how that endpoint answered the samples."""
    name = request["EndpointName"]
    return smoke_test(request["Plan"], name, services.open_payload, services.invoke_endpoint, monotonic)
