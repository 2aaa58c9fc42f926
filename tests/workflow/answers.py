"""What AWS answers, by service: the local SageMaker, S3, the bus and the account here, anything else moto.

moto could answer for all of them; at five milliseconds a call it would take more time than all the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from slipway_local.runtime.provider import RealTime, SageMakerRuntime
from slipway_local.sagemaker import SageMaker
from slipway_local.sagemaker.provider import Wire
from tests.workflow import account
from tests.workflow.container_logs import ContainerLogs
from tests.workflow.deployed_stack import ACCOUNT, REGION
from tests.workflow.failures import CallNotAnswered
from tests.workflow.faults import Call
from tests.workflow.idle_services import IdleServices
from tests.workflow.s3_calls import S3Calls
from tests.workflow.scaling import ScalableTargets
from tests.workflow.surroundings import Buckets, Metrics

Answer = tuple[int, dict[str, str], bytes]
OF_IDLE_CLEANUP = ("resourcegroupstaggingapi", "cloudwatch", "sns")
JSON = {"Content-Type": "application/x-amz-json-1.1"}


class AwsServices:
    """Answers requests; `announced` are the entries that were put on the event bus."""

    def __init__(self, sagemaker: SageMaker, buckets: Buckets, random: Random) -> None:
        self._wire = Wire(sagemaker)
        self._runtime = SageMakerRuntime(
            RealTime(
                sagemaker.hosted, Metrics(), region=REGION, account_id=ACCOUNT, random=random, seconds=lambda: 0.0
            ).invoke
        )
        self._s3 = S3Calls(buckets)
        self.scaling = ScalableTargets()
        self.logs = ContainerLogs()
        self.idle = IdleServices(sagemaker)
        self.announced: list[dict[str, Any]] = []

    def take_over(self, other: AwsServices) -> None:
        """Hold what others hold."""
        self.scaling.take_over(other.scaling)
        self.logs.take_over(other.logs)
        self.idle.take_over(other.idle)

    def answer(self, call: Call, request: AWSPreparedRequest) -> AWSResponse:
        """Answer one request. Raises `CallNotAnswered` for an operation that has no answer here."""
        status, headers, body = self._answer(call, request)
        return AWSResponse(request.url, status, headers, MockRawResponse(body))

    def _answer(self, call: Call, request: AWSPreparedRequest) -> Answer:
        body = request.body or b""
        by_service: dict[str, Callable[[], Answer]] = {
            "sagemaker": lambda: self._wire.answer(_headers(request), body),
            "sagemaker-runtime": lambda: self._runtime.answer(
                request.method, urlsplit(request.url).path, _headers(request), body
            ),
            "application-autoscaling": lambda: self.scaling.answer(call.operation, body),
            "s3": lambda: self._s3.answer(call.operation, request),
            "logs": lambda: self.logs.answer(call.operation, body),
            **dict.fromkeys(OF_IDLE_CLEANUP, lambda: self.idle.answer(call.operation, body)),
        }
        if call.service in by_service:
            return by_service[call.service]()
        if call.name == "events:PutEvents":
            self.announced += json.loads(body)["Entries"]
            return 200, JSON, json.dumps({"FailedEntryCount": 0, "Entries": [{"EventId": "0"}]}).encode()
        return account.answer(call, request) or _by_moto(call, request)


def _by_moto(call: Call, request: AWSPreparedRequest) -> Answer:
    found = botocore_stubber.process_request(request)
    if found is None or found[2] == "Not yet implemented":
        raise CallNotAnswered(f"{call.name} of {call.state} at {request.url}")
    status, headers, body = found
    return status, dict(headers), body.encode() if isinstance(body, str) else body


def _headers(request: AWSPreparedRequest) -> dict[str, str]:
    """Return a request's headers as strings; the signer leaves some as bytes."""
    return {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()}
