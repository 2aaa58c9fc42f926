"""A target whose account is that of bench/idle_cleanup.py, with the calls that a deletion adds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bench.simulated_account import ARN, MACHINE, Account
from botocore.exceptions import ClientError

from slipway_cli.sdk.target import Target

OUTPUTS = {"StateMachineArn": MACHINE, "NotificationTopicArn": "topic"}


class IdleAccount(Account):
    """One client for all services; it is its own session. `parameters` are the stack's; `announced` are the events."""

    def __init__(self, size: int, **parameters: str) -> None:
        super().__init__(size, datetime.now(UTC))
        self.parameters = {"IdleAfterMinutes": "120", **parameters}
        self.announced: list[str] = []
        self.refuses: dict[str, str] = {}
        self.woken: set[str] = set()  # by another client, between the recheck and the deletion

    @property
    def target(self) -> Target:
        return Target(self, "us-east-1", known_outputs=OUTPUTS)

    def client(self, service: str, **_: Any) -> IdleAccount:
        return self

    def list_endpoints(self, **request: Any) -> dict[str, Any]:
        self._refuse("ListEndpoints")
        if "LastModifiedTimeAfter" in request:
            about = {"EndpointStatus": "InService", "CreationTime": self.now, "LastModifiedTime": self.now}
            return {"Endpoints": [{"EndpointName": one, "EndpointArn": ARN + one, **about} for one in self.woken]}
        return super().list_endpoints(**request)

    def describe_endpoint(self, **request: str) -> dict[str, Any]:
        if request["EndpointName"] in self.deleted:
            error = {"Code": "ValidationException", "Message": f'Could not find endpoint "{ARN}".'}
            raise ClientError({"Error": error}, "DescribeEndpoint")
        return super().describe_endpoint(**request)

    def delete_endpoint(self, **request: str) -> None:
        self._refuse("DeleteEndpoint")
        super().delete_endpoint(**request)

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        found = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        return {"Stacks": [{"Parameters": found}]}

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self._refuse("PutEvents")
        self.announced += [entry["Detail"] for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": []}

    def publish(self, **_: str) -> None:
        self.calls["Publish"] += 1

    def tag_resources(self, **_: Any) -> dict[str, Any]:
        return {"FailedResourcesMap": {}}

    def _refuse(self, operation: str) -> None:
        if operation in self.refuses:
            error = {"Code": "AccessDeniedException", "Message": self.refuses[operation]}
            raise ClientError({"Error": error}, operation)
