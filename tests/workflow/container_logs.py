"""CloudWatch Logs of endpoints, as far as deployments read them."""

from __future__ import annotations

import json
from typing import Any

from tests.workflow.failures import CallNotAnswered

Answer = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/x-amz-json-1.1"}
GROUP = "/aws/sagemaker/Endpoints/"
STREAM = "AllTraffic/i-0123456789abcdef0"
FAR_AHEAD = 4_102_444_800_000  # milliseconds: 2100


class ContainerLogs:
    """`lines` by endpoint name, or by the log group of transform jobs.

    An endpoint without any has no log group, as one whose container never started.
    """

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self._streams: set[tuple[str, str]] = set()

    def take_over(self, other: ContainerLogs) -> None:
        """Hold what another holds."""
        self.lines = {name: list(lines) for name, lines in other.lines.items()}

    def answer(self, operation: str, body: bytes) -> Answer:
        """Answer one request. Raises `CallNotAnswered` for an operation that is not known here."""
        request = json.loads(body)
        group = str(request["logGroupName"])
        if operation == "CreateLogGroup":
            self.lines[group.removeprefix(GROUP)] = []
            return _json(200, {})
        lines = self.lines.get(group.removeprefix(GROUP))
        if lines is None:
            return _json(
                400, {"__type": "ResourceNotFoundException", "message": "The specified log group does not exist."}
            )
        if operation == "DescribeLogStreams":
            # Of instances that start later than any deployment here.
            return _json(200, {"logStreams": [{"logStreamName": STREAM, "creationTime": FAR_AHEAD}]})
        if operation == "GetLogEvents":
            events = [{"timestamp": 0, "message": line} for line in lines]
            return _json(200, {"events": events, "nextForwardToken": "f/1", "nextBackwardToken": "b/1"})
        return self._write(operation, request, lines)

    def _write(self, operation: str, request: dict[str, Any], lines: list[str]) -> Answer:
        stream = (request["logGroupName"], request["logStreamName"])
        if operation == "CreateLogStream":
            self._streams.add(stream)
            return _json(200, {})
        if operation != "PutLogEvents":
            raise CallNotAnswered(f"logs:{operation}")
        if stream not in self._streams:
            message = "The specified log stream does not exist."
            return _json(400, {"__type": "ResourceNotFoundException", "message": message})
        lines += [event["message"] for event in request["logEvents"]]
        return _json(200, {})


def _json(status: int, document: dict[str, Any]) -> Answer:
    return status, JSON, json.dumps(document).encode()
