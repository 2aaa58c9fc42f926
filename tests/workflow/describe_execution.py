"""Step Functions' DescribeExecution and StartExecution, of the executions of a world."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from tests.workflow.interpreter import Execution


def describe_execution(request: AWSPreparedRequest, known: Mapping[str, Execution]) -> AWSResponse:
    """Answer a request for one of the executions known by ARN."""
    arn = json.loads(request.body or b"{}")["executionArn"]
    found = known.get(arn)
    if found is None:
        return _answer(request, 400, {"__type": "ExecutionDoesNotExist", "message": f"Execution Does Not Exist: {arn}"})
    output = {"output": json.dumps(found.output)} if found.status == "SUCCEEDED" else {}
    return _answer(
        request,
        200,
        {
            "executionArn": arn,
            "status": "ABORTED" if found.status == "STOPPED" else found.status,
            "startDate": found.started.timestamp(),
            **output,
        },
    )


def start_execution(
    request: AWSPreparedRequest, known: Mapping[str, Execution], start: Callable[[Any, str, str], Execution]
) -> AWSResponse:
    """Answer a request: a name may be repeated with the same input while it runs, and is taken afterwards.

    Step Functions API reference, StartExecution.
    """
    asked = json.loads(request.body or b"{}")
    machine, name, document = asked["stateMachineArn"], asked["name"], json.loads(asked["input"])
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
    found = known.get(arn)
    if found and (found.status != "RUNNING" or found.input != document):
        return _answer(
            request, 400, {"__type": "ExecutionAlreadyExists", "message": f"Execution Already Exists: {arn}"}
        )
    found = found or start(document, machine, name)
    return _answer(request, 200, {"executionArn": arn, "startDate": found.started.timestamp()})


def _answer(request: AWSPreparedRequest, status: int, document: Mapping[str, Any]) -> AWSResponse:
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, MockRawResponse(json.dumps(document).encode()))
