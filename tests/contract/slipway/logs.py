"""Two CloudWatch Logs behind the port that reads endpoints' logs."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from slipway.failure.aws import CloudWatchEndpointLogs
from slipway.failure.explain_failure import EndpointLogs
from tests.fakes.endpoint_logs import FakeEndpointLogs


class FakeLogs(FakeEndpointLogs):
    """The fake is the port."""

    def __init__(self) -> None:
        super().__init__()
        self.port = self


class MotoLogs:
    """The adapter, over boto3 to moto."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.port: EndpointLogs = CloudWatchEndpointLogs(client)

    def write(self, endpoint_name: str, stream: str, at: datetime, *lines: str) -> None:
        where = {"logGroupName": f"/aws/sagemaker/Endpoints/{endpoint_name}", "logStreamName": stream}
        self._make(where)
        events = [{"timestamp": int(at.timestamp() * 1000), "message": line} for line in lines]
        self._client.put_log_events(**where, logEvents=events)

    def _make(self, where: dict[str, str]) -> None:
        exists = self._client.exceptions.ResourceAlreadyExistsException
        with suppress(exists):
            self._client.create_log_group(logGroupName=where["logGroupName"])
        with suppress(exists):
            self._client.create_log_stream(**where)


LogsWorld = FakeLogs | MotoLogs
