"""Ordered faults for the services beside SageMaker that idle cleanup and the smoke test depend on.

They are ordered through SageMaker's control route, by the name of the operation: no two services here share one. A
service's own code and status say the error, so that a client's retries take it as they would AWS's.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway_local.json_protocol import CONTENT_TYPE, Response
from slipway_local.runtime.errors import FaultError, Streamed
from slipway_local.runtime.provider import Invoke
from slipway_local.sagemaker.faults.orders import Fault, Faults, Kind
from slipway_local.sagemaker.provider import dropped

Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]
KINDS: tuple[Kind, ...] = ("Throttle", "InternalFailure", "AccessDenied", "ResponseLost")


@dataclass(frozen=True)
class FaultyService:
    """A service by MiniStack's name for it: its IAM prefix, its operations, and (code, HTTP status) of its faults."""

    name: str
    prefix: str
    operations: tuple[str, ...]
    throttled: tuple[str, int]
    broken: tuple[str, int]
    denied: tuple[str, int]


SERVICES = (
    FaultyService(
        "monitoring",
        "cloudwatch",
        ("GetMetricData", "GetMetricStatistics", "ListMetrics", "PutMetricData", "DescribeAlarms"),
        ("Throttling", 400),
        ("InternalServiceError", 500),
        ("AccessDenied", 403),
    ),
    FaultyService(
        "tagging",
        "tag",
        ("GetResources", "TagResources", "UntagResources"),
        ("ThrottledException", 400),
        ("InternalServiceException", 500),
        ("AccessDeniedException", 400),
    ),
)
OPERATIONS = tuple(operation for service in SERVICES for operation in service.operations)


def mount_faults(faults: Faults, app: Any) -> None:
    """Put the ordered faults in front of each service of MiniStack's."""
    for service in SERVICES:
        handler = app.SERVICE_HANDLERS[service.name]
        app.SERVICE_HANDLERS[service.name] = with_faults(service, handler, faults)


def with_faults(service: FaultyService, handler: Handler, faults: Faults) -> Handler:
    """Return a handler of a service of a JSON protocol whose next calls go wrong as ordered."""

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        fault = faults.take(*KINDS, operation=operation, named=True) if operation in service.operations else None
        if fault is not None and fault.kind != "ResponseLost":
            return _error(service, fault, operation)
        response = await handler(method, path, headers, body, query_params)
        if fault is not None:
            return _lost(service, fault)
        if operation == "GetMetricData" and response[0] == 200:  # noqa: PLR2004 - HTTP's own number
            return _with_partial_data(response, json.loads(body), faults)
        return response

    return handle_request


def _error(service: FaultyService, fault: Fault, operation: str) -> Response:
    action = f"{service.prefix}:{operation}"
    (code, status), text = {
        "Throttle": (service.throttled, "Rate exceeded"),
        "InternalFailure": (service.broken, "The request processing has failed."),
        "AccessDenied": (
            service.denied,
            f"User is not authorized to perform: {action} because no identity-based policy allows the {action} action",
        ),
    }[fault.kind]
    return _response(code, status, fault.message or text)


def _lost(service: FaultyService, fault: Fault) -> Response:
    if fault.how == "ConnectionDropped":
        return dropped()
    return _response(*service.broken, "The response was lost after the call was performed.")


def _response(code: str, status: int, text: str) -> Response:
    side = "Sender" if status < 500 else "Receiver"  # noqa: PLR2004 - HTTP's classes
    headers = {
        "Content-Type": CONTENT_TYPE,
        # What a client reads first of a service that once spoke the query protocol, as CloudWatch did.
        "x-amzn-query-error": f"{code};{side}",
    }
    return status, headers, json.dumps({"__type": code, "message": text}).encode()


def _with_partial_data(response: Response, request: Mapping[str, Any], faults: Faults) -> Response:
    """Keep from the caller the second half of each result that an ordered PartialData concerns."""
    status, headers, body = response
    endpoints = {query["Id"]: _endpoint(query) for query in request.get("MetricDataQueries", [])}
    answer = json.loads(body)
    hit: dict[str | None, bool] = {}
    for result in answer["MetricDataResults"]:
        name = endpoints.get(result["Id"])
        if name not in hit:
            taken = faults.take("PartialData", operation="GetMetricData", endpoint_name=name)
            hit[name] = taken is not None
        if hit[name]:
            half = len(result["Values"]) // 2
            shown = {"Timestamps": result["Timestamps"][:half], "Values": result["Values"][:half]}
            result.update(shown, StatusCode="PartialData")
    return status, headers, json.dumps(answer).encode()


def _endpoint(query: Mapping[str, Any]) -> str | None:
    dimensions = query.get("MetricStat", {}).get("Metric", {}).get("Dimensions", [])
    return next((str(each["Value"]) for each in dimensions if each["Name"] == "EndpointName"), None)


RUNTIME_OPERATIONS = ("InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream")


def with_runtime_faults(invoke: Invoke, operation: str, faults: Faults) -> Invoke:
    """Return a way to invoke endpoints whose next calls go wrong as ordered, by the name of its operation."""

    def faulty(endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Response | Streamed:
        fault = faults.take(*KINDS, operation=operation, endpoint_name=endpoint_name, named=True)
        if fault is None:
            return invoke(endpoint_name, headers, body)
        if fault.kind == "ResponseLost":
            invoke(endpoint_name, headers, body)
        raise _runtime_error(fault, operation)

    return faulty


def _runtime_error(fault: Fault, operation: str) -> FaultError:
    action = f"sagemaker:{operation}"
    status, code, text = {
        "Throttle": (400, "ThrottlingException", "Rate exceeded"),
        "AccessDenied": (403, "AccessDeniedException", f"User is not authorized to perform: {action}"),
    }.get(fault.kind, (500, "InternalFailure", "The request processing has failed."))
    return FaultError(status, code, fault.message or text)
