"""An HTTP API's route that starts an execution asks Step Functions; every other goes to its function as before."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from slipway_local.engine.patches.apigateway import starting_executions
from slipway_local.engine.patches.cloudformation import apigw_v2_integration_props

TO_STEP_FUNCTIONS = {
    "integrationSubtype": "StepFunctions-StartExecution",
    "requestParameters": {"StateMachineArn": "arn:machine", "Input": "$request.body"},
}


async def step_functions(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
    return 200, {}, json.dumps({"asked": headers["x-amz-target"], "with": json.loads(body)}).encode()


async def function(integration: Any, *request: Any, **options: Any) -> Any:
    return 200, {}, b"from the function"


def dispatched(integration: dict[str, Any], body: bytes) -> Any:
    invoke = starting_executions(function, step_functions)

    async def response() -> Any:
        return await invoke(integration, "api", "$default", "/deployments", "POST", {}, body, {}, "route")

    return asyncio.run(response())


def test_the_body_becomes_the_execution_s_input() -> None:
    status, _, body = dispatched(TO_STEP_FUNCTIONS, b'{"EndpointName": "it\'s"}')

    assert (status, json.loads(body)) == (
        200,
        {
            "asked": "AWSStepFunctions.StartExecution",
            "with": {"stateMachineArn": "arn:machine", "input": '{"EndpointName": "it\'s"}'},
        },
    )


def test_any_other_integration_is_the_function_s() -> None:
    assert dispatched({"integrationUri": "arn:function"}, b"")[2] == b"from the function"


@pytest.mark.parametrize("parameters", [{"Input": "$request.header.x"}, {"Region": "us-east-1"}])
def test_a_mapping_that_is_not_known_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(LookupError, match="does not know the mapping"):
        dispatched({**TO_STEP_FUNCTIONS, "requestParameters": parameters}, b"")


def test_cloudformation_keeps_what_an_integration_is_for() -> None:
    no_engine: Any = None
    props = apigw_v2_integration_props(lambda properties: {"integrationType": "AWS_PROXY"}, no_engine)

    kept = props({"IntegrationSubtype": "StepFunctions-StartExecution"})

    assert kept == {"integrationType": "AWS_PROXY", "integrationSubtype": "StepFunctions-StartExecution"}
