"""What Task states call: functions of ours, and AWS itself. Errors are named as Step Functions names them."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel, ServiceModel

from slipway.deployment.settings import Settings
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import run_step
from tests.workflow.aws import AwsInProcess
from tests.workflow.definition import AWS_SDK
from tests.workflow.deployed_stack import environment_of, module_of
from tests.workflow.failures import FunctionKilled, TaskError, UnknownFeature

if TYPE_CHECKING:
    from tests.workflow.interpreter import Execution

MAX_PAYLOAD = 262_144  # bytes of a state's input or output (Step Functions quotas)


class WiredServices(Services):
    """The real services; every client that they build is shared by all worlds."""

    def __init__(self, settings: Settings, aws: AwsInProcess) -> None:
        super().__init__(settings)
        self._aws = aws

    def _client(self, service: str, *settings: Any, **more: Any) -> Any:
        make = super()._client
        return self._aws.shared((service, settings, *more.items()), lambda: make(service, *settings, **more))


class Tasks:
    """Performs the resources of Task states; its functions start cold and stay warm."""

    def __init__(self, aws: AwsInProcess, variables: Mapping[str, str]) -> None:
        self._aws = aws
        self._variables = variables
        self._services: dict[str, WiredServices] = {}

    def call(self, execution: Execution, resource: str, arguments: Any) -> Any:
        """Return a resource's result. Raises `TaskError`."""
        if resource.endswith("lambda:invoke"):
            return {"StatusCode": 200, "Payload": self._invoke(arguments["FunctionName"], arguments["Payload"])}
        if resource.endswith("events:putEvents"):
            entries = [_entry(entry, execution) for entry in arguments["Entries"]]
            return self._call_aws("events", "putEvents", {"Entries": entries})
        service, action = resource.removeprefix(AWS_SDK).split(":")
        return self._call_aws(service, action, arguments)

    def _invoke(self, function_arn: str, payload: Any) -> Any:
        function = function_arn.rpartition(":")[2]
        step = inspect.unwrap(importlib.import_module(module_of(function)).handler)
        try:
            return _as_payload(run_step(step, _as_payload(payload), self._services_of(function)))
        except FunctionKilled as killed:
            # What Lambda says of a function that ran out of time (Step Functions developer guide, "Handling errors").
            document = {"errorType": "Sandbox.Timedout", "errorMessage": f"Task timed out in {killed}"}
            raise TaskError("Sandbox.Timedout", json.dumps(document)) from killed
        except Exception as error:  # Lambda reports whatever the handler raises under its class name
            kind = type(error).__name__
            raise TaskError(kind, json.dumps({"errorMessage": str(error), "errorType": kind})) from error

    def _services_of(self, function: str) -> WiredServices:
        if function not in self._services:
            own = environment_of(function)
            changed = {name: value for name, value in self._variables.items() if name in own}
            settings = Settings.from_environment({**own, **changed})
            self._services[function] = WiredServices(settings, self._aws)
        return self._services[function]

    def _call_aws(self, service: str, action: str, arguments: Any) -> Any:
        model = _service_model(service)
        operation = model.operation_model(action[0].upper() + action[1:])
        prefix = "EventBridge" if service == "events" else str(model.service_id).replace(" ", "")
        client = self._aws.client(model.service_name)
        method = getattr(client, _method_names(client)[operation.name])
        try:
            answer = method(**_members(operation, arguments))
        except ClientError as error:
            raise TaskError(_error_name(error, operation, prefix), _cause(error, prefix)) from error
        except BotoCoreError as error:
            raise TaskError(f"{prefix}.SdkClientException", str(error)) from error
        answer.pop("ResponseMetadata")
        return json.loads(json.dumps(_capitalised(answer), default=_instant))


def _as_payload(document: Any) -> Any:
    text = json.dumps(document)  # a TypeError here is what Lambda reports as Runtime.MarshalError
    if size_of(document) > MAX_PAYLOAD:
        raise TaskError("States.DataLimitExceeded", f"{size_of(document)} bytes")
    return json.loads(text)


def size_of(document: Any) -> int:
    """Return what Step Functions counts: bytes of UTF-8."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"))


def _entry(entry: Any, execution: Execution) -> Any:
    # The optimised integration takes a JSON detail and adds the execution to the resources.
    detail = entry["Detail"]
    text = detail if isinstance(detail, str) else json.dumps(detail)
    return {**entry, "Detail": text, "Resources": [*entry.get("Resources", []), execution.arn]}


@cache
def _service_model(service: str) -> ServiceModel:
    session = botocore.session.get_session()
    for name in session.get_available_services():
        if name.replace("-", "") == service:
            return session.get_service_model(name)
    raise UnknownFeature(f"the service {service}")


@cache
def _method_names(client: Any) -> dict[str, str]:
    return {operation: method for method, operation in client.meta.method_to_api_mapping.items()}


def _members(operation: OperationModel, arguments: Any) -> dict[str, Any]:
    """Return arguments under botocore's names; Step Functions begins all of them with a capital."""
    members = {name[0].upper() + name[1:]: name for name in operation.input_shape.members}
    if unknown := set(arguments) - set(members):
        raise TaskError("States.Runtime", f"{operation.name} has no {sorted(unknown)}")
    return {members[name]: value for name, value in arguments.items()}


def _capitalised(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[:1].upper() + name[1:]: _capitalised(member) for name, member in value.items()}
    return [_capitalised(item) for item in value] if isinstance(value, list) else value


def _error_name(error: ClientError, operation: OperationModel, prefix: str) -> str:
    code = error.response["Error"]["Code"]
    modelled = {shape.error_code for shape in operation.service_model.error_shapes}
    if code not in modelled:
        return f"{prefix}.{prefix}Exception"
    return f"{prefix}.{code.removesuffix('Exception')}Exception"


def _cause(error: ClientError, prefix: str) -> str:
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return f"{error.response['Error']['Message']} (Service: {prefix}, Status Code: {status}, Request ID: 0)"


def _instant(value: Any) -> str:
    assert isinstance(value, datetime), value
    return value.isoformat().replace("+00:00", "Z")
