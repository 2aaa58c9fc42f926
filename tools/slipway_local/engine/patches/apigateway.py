"""HTTP APIs that start executions without a function between, which MiniStack does not have.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html,
StepFunctions-StartExecution: the integration's request parameters are StartExecution's, `$request.body` among them is
the request's body, and Step Functions' answer is the response. The role that API Gateway acts as is not evaluated here.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from slipway_local.engine.patches import Engine, patch

PROXY_PARAMETERS = (
    "integration", "api_id", "stage", "path", "method", "headers", "body", "query_params", "route_key", "path_params",
    "authorizer_claims", "authorizer_scopes", "authorizer_lambda_context", "authorizer_iam", "owner_account_id",
    "owner_region", "raw_query_string",
)  # fmt: skip
START_EXECUTION = "StepFunctions-StartExecution"
BODY = "$request.body"
MEMBERS = {"StateMachineArn": "stateMachineArn", "Name": "name", "Input": "input"}

Response = tuple[int, dict[str, str], bytes]
Properties = dict[str, Any]
Integration = Callable[..., Awaitable[Response]]


@patch("ministack.services.apigateway", "_invoke_lambda_proxy", *PROXY_PARAMETERS)
def invoke_lambda_proxy(invoke_lambda: Integration, _engine: Engine) -> Integration:
    """Dispatch integrations with Step Functions too."""
    from ministack.services import stepfunctions  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    return starting_executions(invoke_lambda, stepfunctions.handle_request)


def starting_executions(invoke_lambda: Integration, ask_step_functions: Integration) -> Integration:
    """Return a dispatch of AWS_PROXY integrations that knows the one to Step Functions."""

    async def invoke(  # noqa: PLR0913 - MiniStack's signature
        integration: Properties,
        api_id: str,
        stage: str,
        path: str,
        method: str,
        headers: Any,
        body: bytes,
        *rest: Any,
        **options: Any,
    ) -> Response:
        if integration.get("integrationSubtype") != START_EXECUTION:
            return await invoke_lambda(integration, api_id, stage, path, method, headers, body, *rest, **options)
        request = start_execution_request(integration.get("requestParameters", {}), body)
        target = {"x-amz-target": "AWSStepFunctions.StartExecution"}
        return await ask_step_functions("POST", "/", target, json.dumps(request).encode(), {})

    return invoke


def start_execution_request(parameters: dict[str, str], body: bytes) -> dict[str, str]:
    """Return StartExecution's request. Raises `LookupError` for a mapping that is not known here."""
    unknown = [value for value in parameters.values() if value.startswith("$") and value != BODY]
    if unknown or not parameters.keys() <= MEMBERS.keys():
        raise LookupError(f"The local HTTP API does not know the mapping {parameters}.")
    return {MEMBERS[name]: body.decode() if value == BODY else value for name, value in parameters.items()}
