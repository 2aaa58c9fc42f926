"""Step Functions in memory, as a boto3 client has it: executions that proceed with every read of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from slipway_cli.sdk.target import Target

HISTORIES = Path(__file__).with_name("histories")
STATE_MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:DeployEndpoint"


class FakeStepFunctions:
    """`executions` are pairs of DescribeExecution's answer and events, oldest first, by ARN, the newest first.

    `shown` is how many events of an execution have happened, all of them where it is not there; until all have, it is
    RUNNING. `pages_read` counts pages of histories; `errors` are raised by the next calls, one each, None raises none.
    """

    def __init__(self, *recordings: dict[str, Any]) -> None:
        self.executions = {one["description"]["executionArn"]: one for one in recordings}
        self.shown: dict[str, int] = {}
        self.errors: list[Exception | None] = []
        self.pages_read = 0
        self.started: list[dict[str, Any]] = []

    def describe_execution(self, **request: Any) -> dict[str, Any]:
        self._fail()
        return self._described(request["executionArn"])

    def _described(self, arn: str) -> dict[str, Any]:
        found = self._find(arn, "DescribeExecution")
        if self.shown.get(arn, len(found["events"])) >= len(found["events"]):
            return dict(found["description"])
        ending = ("stopDate", "output", "error", "cause")
        return {key: value for key, value in found["description"].items() if key not in ending} | {"status": "RUNNING"}

    def start_execution(self, **request: Any) -> dict[str, Any]:
        self._fail()
        self.started.append(request)
        return {"executionArn": f"{STATE_MACHINE.replace(':stateMachine:', ':execution:')}:{request['name']}"}

    def get_paginator(self, operation: str) -> Pages:
        return Pages(getattr(self, f"_{operation}_pages"))

    def _get_execution_history_pages(self, **request: Any) -> Iterator[dict[str, Any]]:
        events = self._find(request["executionArn"], "GetExecutionHistory")["events"]
        events = events[: self.shown.get(request["executionArn"], len(events))]
        ordered = events[::-1] if request.get("reverseOrder") else events
        for start in range(0, len(ordered), request["maxResults"]):
            self.pages_read += 1
            yield {"events": ordered[start : start + request["maxResults"]]}

    def _list_executions_pages(self, **request: Any) -> Iterator[dict[str, Any]]:
        listed = [{"executionArn": arn, "status": self._described(arn)["status"]} for arn in self.executions]
        for start in range(0, len(listed), request["maxResults"]):
            yield {"executions": listed[start : start + request["maxResults"]]}

    def _find(self, arn: str, operation: str) -> dict[str, Any]:
        if arn not in self.executions:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist", "Message": f"{arn}?"}}, operation)
        return self.executions[arn]

    def _fail(self) -> None:
        error = self.errors.pop(0) if self.errors else None
        if error:
            raise error


class Pages:
    """What `get_paginator` returns."""

    def __init__(self, pages: Any) -> None:
        self.paginate = pages


class Session:
    """A boto3 session that has these clients."""

    def __init__(self, clients: dict[str, Any]) -> None:
        self._clients = clients

    def client(self, service: str, **options: Any) -> Any:
        return self._clients.get(service)


def recorded(name: str, **changes: Any) -> dict[str, Any]:
    """Return a recorded execution: created, alreadydeployed or failed.

    `changes` are made to what DescribeExecution says of it.
    """
    found: dict[str, Any] = json.loads((HISTORIES / f"{name}.json").read_text(encoding="utf-8"))
    description = {**found["description"], **changes}
    for field in ("startDate", "stopDate"):
        if isinstance(description.get(field), str):
            description[field] = datetime.fromisoformat(description[field])
    for event in found["events"]:
        event["timestamp"] = datetime.fromisoformat(event["timestamp"])
    return {"description": description, "events": found["events"]}


def target_of(**clients: Any) -> Target:
    """Return a target that has these clients, by service."""
    outputs = {"StateMachineArn": STATE_MACHINE, "ModelBucketName": "models-bucket"}
    return Target(Session(clients), "eu-west-1", known_outputs=outputs)
