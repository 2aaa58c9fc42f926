"""Lets an endpoint of the local stack be older than it is, so that nobody has to wait for it to be idle.

The endpoint is made and changed so much earlier, and its instances have reported every minute since, as they would
have. Invocations stay where they were: an endpoint that was called a moment ago is not idle.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any, Protocol
from urllib.parse import urlsplit

from slipway_local.stack.errors import StackError

NAMESPACE = "/aws/sagemaker/Endpoints"
CONTROL = "CPUUtilization"
IDLE_PERCENT = 0.3
MAX_DATA = 1000  # of one PutMetricData
VARIANT_NAME = "AllTraffic"
TIMEOUT = 10.0


class Stack(Protocol):
    """A local stack that runs."""

    @property
    def endpoint_url(self) -> str:
        """Return the engine's address."""

    def client(self, service: str) -> Any:
        """Return a boto3 client of the stack."""


def advance_time(stack: Stack, endpoint_name: str, minutes: int) -> None:
    """Let so many minutes have passed for an endpoint that is InService. Raises `StackError`."""
    _age(stack, endpoint_name, minutes)
    now = datetime.now(UTC)
    dimensions = [{"Name": "EndpointName", "Value": endpoint_name}, {"Name": "VariantName", "Value": VARIANT_NAME}]
    datum = {"MetricName": CONTROL, "Dimensions": dimensions, "Value": IDLE_PERCENT, "Unit": "Percent"}
    data = [{**datum, "Timestamp": now - timedelta(minutes=minute)} for minute in range(minutes)]
    cloudwatch = stack.client("cloudwatch")
    for start in range(0, len(data), MAX_DATA):
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + MAX_DATA])


def _age(stack: Stack, endpoint_name: str, minutes: int) -> None:
    # http.client heeds no proxy that the environment names.
    connection = HTTPConnection(urlsplit(stack.endpoint_url).netloc, timeout=TIMEOUT)
    try:
        path = f"/_slipway/sagemaker/endpoints/{endpoint_name}"
        connection.request("PUT", path, json.dumps({"AgeMinutes": minutes}))
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise StackError(f"The local SageMaker did not let {endpoint_name} be older: {text}")
