"""AWS in process: real botocore clients whose requests never reach a socket.

Clients are shared by all worlds of a test run, because making one
costs more than a deployment does; `AwsInProcess.world` says whose requests they carry.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, NoReturn, Protocol

import boto3
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.endpoint import convert_to_response_dict
from botocore.exceptions import HTTPClientError
from botocore.model import OperationModel
from botocore.parsers import create_parser
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
        model = client.meta.service_model
        protocol, service = model.resolved_protocol, model.service_name
        failed: list[Callable[[], AWSResponse]] = []

        def receive(event_name: str, request: AWSPreparedRequest) -> AWSResponse:
            assert self.world is not None, f"{event_name} outside a world"
            return self.world.receive(service, event_name.rpartition(".")[2], protocol, request)

        def before_call(event_name: str, model: OperationModel, params: dict[str, Any], **_: Any) -> Any:
            headers = HeadersDict(params["headers"])
            request = AWSPreparedRequest(params["method"], params["url"], headers, params["body"], stream_output=False)
            try:
                response = receive(event_name, request)
            except HTTPClientError as error:
                failed.append(partial(_raise, error))
                return None
            if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
                failed.append(lambda: response)
                return None
            answer = convert_to_response_dict(response, model)
            return response, create_parser(protocol).parse(answer, model.output_shape)

        def before_send(event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
            return failed.pop()() if failed else receive(event_name, request)

        # Nothing here reads signatures, which take half of the time of a call.
        client.meta.events.register("choose-signer", lambda **_: UNSIGNED)
        client.meta.events.register_first("before-send", before_send)
        # What succeeds is answered before botocore prepares the request, which takes a quarter of the time of a call;
        # what fails is met where it is sent, so that retries and errors are botocore's own.
        if protocol == "json":
            client.meta.events.register_last("before-call", before_call)
        return client

    def client(self, service: str) -> Any:
        """Return a client as Step Functions uses it: what it does not retry, the definition's Retry has to."""
        config = Config(region_name=REGION, retries={"mode": "standard", "total_max_attempts": 1})
        return self.shared(service, lambda: boto3.client(service, config=config))


def _raise(error: HTTPClientError) -> NoReturn:
    raise error


def spend_no_real_time(patch: pytest.MonkeyPatch) -> None:
    """Let botocore retry without sleeping, as if every world had new clients with their full retry quota.

    Its User-Agent, which nothing here reads, takes much of the time of a call.
    """
    patch.setattr(UserAgentString, "to_string", lambda self: "slipway-tests")
    patch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)
    patch.setattr(RetryQuota, "acquire", lambda self, amount: True)
