"""AWS in process: real botocore clients whose requests never reach a socket.

Clients are shared by all worlds of a test run, because making one
costs more than a deployment does; `AwsInProcess.world` says whose requests they carry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import boto3
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff
from botocore.useragent import UserAgentString

from tests.workflow.deployed_stack import REGION

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


class Receiver(Protocol):
    """A world, as the clients see it."""

    def receive(self, service: str, operation: str, protocol: str, request: AWSPreparedRequest) -> AWSResponse:
        """Answer one request."""


class AwsInProcess:
    """The clients' way out."""

    def __init__(self) -> None:
        self.world: Receiver | None = None
        self._clients: dict[object, Any] = {}

    def shared(self, key: object, make: Callable[[], Any]) -> Any:
        """Return the client of this key, made once, whose requests come here."""
        if key not in self._clients:
            self._clients[key] = self._attached(make())
        return self._clients[key]

    def _attached(self, client: Any) -> Any:
        protocol = client.meta.service_model.resolved_protocol
        service = client.meta.service_model.service_name

        def answer(event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
            assert self.world is not None, f"{event_name} outside a world"
            return self.world.receive(service, event_name.rpartition(".")[2], protocol, request)

        # Nothing here reads signatures, which take half of the time of a call.
        client.meta.events.register("choose-signer", lambda **_: UNSIGNED)
        client.meta.events.register_first("before-send", answer)
        return client

    def client(self, service: str) -> Any:
        """Return a client as Step Functions uses it: what it does not retry, the definition's Retry has to."""
        config = Config(region_name=REGION, retries={"mode": "standard", "total_max_attempts": 1})
        return self.shared(service, lambda: boto3.client(service, config=config))


def spend_no_real_time(patch: pytest.MonkeyPatch) -> None:
    """Let botocore retry without sleeping, as if every world had new clients with their full retry quota.

    Its User-Agent, which nothing here reads, takes much of the time of a call.
    """
    patch.setattr(UserAgentString, "to_string", lambda self: "slipway-tests")
    patch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)
    patch.setattr(RetryQuota, "acquire", lambda self, amount: True)
