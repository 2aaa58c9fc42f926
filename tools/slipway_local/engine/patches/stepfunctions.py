"""Step Functions: calls under the machine's role, AWS's error names, idempotent starts, text as JSONata writes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from slipway_local.engine.authorization import WORKFLOWS
from slipway_local.engine.patches import Engine, patch
from slipway_local.engine.patches.executions import current
from slipway_local.iam.required_actions import required_actions_of_state
from slipway_local.json_protocol import Response, error_response

MAX_NAME = 80
StartExecution = Callable[[dict[str, Any]], Response]

# Step Functions names an error that the Java SDK does not model after the service.
PREFIXES = {
    "lambda": "Lambda.AWSLambda",
    "events": "EventBridge.EventBridge",
    "sagemaker": "SageMaker.SageMaker",
    "applicationautoscaling": "ApplicationAutoScaling.ApplicationAutoScaling",
}
_role: ContextVar[str] = ContextVar("slipway_workflow_role", default="")


@patch("ministack.services.stepfunctions", "_execute_task", "state_def", "raw_input", "execution", "ctx")
def execute_task(original: Callable[..., Any], _engine: Engine) -> Callable[..., Any]:
    """Keep the machine's role for the calls of its task."""
    from ministack.services import stepfunctions  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    def with_role(state_def: Any, raw_input: Any, execution: Mapping[str, Any], ctx: Any) -> Any:
        # A child execution of a Map Run is of <machine>/<label>.
        machine = stepfunctions._state_machines.get(execution["stateMachineArn"].partition("/")[0]) or {}
        token, running = _role.set(machine.get("roleArn", "")), current.set(execution)  # type: ignore[arg-type]
        try:
            return original(state_def, raw_input, execution, ctx)
        finally:
            _role.reset(token)
            current.reset(running)

    return with_role


@patch("ministack.services.stepfunctions", "_invoke_resource", "resource", "input_data")
def invoke_resource(original: Callable[[str, Any], Any], engine: Engine) -> Callable[[str, Any], Any]:
    """Fail a task by name when its machine's role does not allow the call."""
    from ministack.services import stepfunctions  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    authorization = engine.authorization
    if authorization is None:
        return original

    def allowed_only(resource: str, input_data: Any) -> Any:
        principal = authorization.principals.of_role(_role.get(), WORKFLOWS)
        required = required_actions_of_state(resource, input_data, authorization.scope)
        refused_with = authorization.refused(principal, required)
        if refused_with:
            raise stepfunctions._ExecutionError(_error_name(resource), refused_with)
        return original(resource, input_data)

    return allowed_only


@patch("ministack.services.stepfunctions", "_call_lambda", "func_ref", "event")
def call_lambda(original: Callable[[str, Any], Any], _engine: Engine) -> Callable[[str, Any], Any]:
    """Name a throttled call and a killed function as Step Functions does."""
    from ministack.services import stepfunctions  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    def called(func_ref: str, event: Any) -> Any:
        try:
            return original(func_ref, event)
        except stepfunctions._ExecutionError as error:
            name = lambda_error_name(error.error, error.cause)
            raise stepfunctions._ExecutionError(name, error.cause) from error

    return called


def lambda_error_name(name: str, cause: str) -> str:
    """Return the error name of a failed function.

    "Unhandled errors in Lambda are reported as Lambda.Unknown in the error output. These include out-of-memory errors
    [...]. When Lambda hits the maximum number of invocations, the error is Lambda.TooManyRequestsException."
    https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
    """
    if "TooManyRequestsException" in cause and name == "Lambda.Unknown":
        return "Lambda.TooManyRequestsException"
    return "Lambda.Unknown" if name == "Runtime.ExitError" else name


@patch("ministack.services.stepfunctions", "_start_execution", "data")
def start_execution(original: StartExecution, _engine: Engine) -> StartExecution:
    """Answer a second call for an execution that runs as the first, and refuse names of more than 80 characters.

    An input that is no JSON is refused too, which MiniStack takes for an empty one.

    "StartExecution is idempotent for STANDARD workflows. [...] if you call StartExecution with the same name and input
    as a running execution, the call succeeds and return the same response as the original request."
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    from ministack.services import stepfunctions  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    def started(data: dict[str, Any]) -> Response:
        name = data.get("name")
        if name is not None and (not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME):
            return error_response("InvalidName", f"Invalid Name: '{name}': it must have 1 to {MAX_NAME} characters")
        if not _is_json(data.get("input", "{}")):
            return error_response("InvalidExecutionInput", "Invalid State Machine Execution Input: it is no JSON")
        response = original(data)
        if response[0] == 400 and b"ExecutionAlreadyExists" in response[2]:  # noqa: PLR2004 - HTTP's own number
            arn = json.loads(response[2])["message"].split("'")[1]
            running = stepfunctions._executions[arn]
            if running["status"] == "RUNNING" and running["input"] == data.get("input", "{}"):
                body: Response = stepfunctions.json_response({"executionArn": arn, "startDate": running["startDate"]})
                return body
        return response

    return started


@patch("jsonata.functions", "Functions.Encoder", is_function=False)
def encoder(original: type[json.JSONEncoder], _engine: Engine) -> type[json.JSONEncoder]:
    """Let $string write characters outside ASCII as they are, as AWS's JSONata (npm jsonata 2.0.6) does."""

    class Encoder(original):  # type: ignore[misc,valid-type]
        def __init__(self, **options: Any) -> None:
            super().__init__(**{**options, "ensure_ascii": False})

    return Encoder


def _is_json(text: object) -> bool:
    try:
        json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _error_name(resource: str) -> str:
    service = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").partition(":")[0]
    return f"{PREFIXES.get(service, f'{service.capitalize()}.{service.capitalize()}')}Exception"
