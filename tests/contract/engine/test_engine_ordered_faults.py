"""Faults of CloudWatch, of Resource Groups Tagging and of SageMaker Runtime, ordered like SageMaker's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError, HTTPClientError
from tests.contract.engine.laptop import Laptop

NOW = datetime.now(UTC)
Call = Callable[[Laptop], Any]


@pytest.fixture
def order(laptop: Laptop) -> Iterator[Callable[..., httpx.Response]]:
    """Order a fault; what is left of all is withdrawn in the end."""
    url = f"{laptop.url}/_slipway/sagemaker/faults"
    yield lambda **fault: httpx.post(url, json=fault)
    httpx.delete(url).raise_for_status()


def metric_data(laptop: Laptop, *endpoints: str) -> list[dict[str, Any]]:
    queries = [
        {
            "Id": f"q{n}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "Faulty",
                    "MetricName": "M",
                    "Dimensions": [{"Name": "EndpointName", "Value": name}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for n, name in enumerate(endpoints or ("a",))
    ]
    answer = laptop.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=NOW - timedelta(hours=1), EndTime=NOW + timedelta(hours=1)
    )
    results: list[dict[str, Any]] = answer["MetricDataResults"]
    return results


def resources(laptop: Laptop) -> Any:
    return laptop.client("resourcegroupstaggingapi").get_resources()


def invoke(laptop: Laptop) -> Any:
    return laptop.client("sagemaker-runtime").invoke_endpoint(EndpointName="echo", Body=b"1")


@pytest.mark.parametrize(
    ("operation", "call", "fault", "code"),
    [
        ("GetMetricData", metric_data, "Throttle", "Throttling"),
        ("GetMetricData", metric_data, "InternalFailure", "InternalServiceError"),
        ("GetMetricData", metric_data, "AccessDenied", "AccessDenied"),
        ("GetMetricData", metric_data, "ResponseLost", "InternalServiceError"),
        ("GetResources", resources, "Throttle", "ThrottledException"),
        ("GetResources", resources, "InternalFailure", "InternalServiceException"),
        ("GetResources", resources, "AccessDenied", "AccessDeniedException"),
        ("InvokeEndpoint", invoke, "Throttle", "ThrottlingException"),
        ("InvokeEndpoint", invoke, "InternalFailure", "InternalFailure"),
        ("InvokeEndpoint", invoke, "AccessDenied", "AccessDeniedException"),
        ("InvokeEndpoint", invoke, "ResponseLost", "InternalFailure"),
    ],
)
@pytest.mark.usefixtures("echo")
def test_the_next_call_goes_wrong_with_the_services_own_code(
    laptop: Laptop, order: Any, operation: str, call: Call, fault: str, code: str
) -> None:
    order(Fault=fault, Operation=operation).raise_for_status()

    with pytest.raises(ClientError) as failed:
        call(laptop)

    assert failed.value.response["Error"]["Code"] == code
    call(laptop)


def test_a_connection_can_be_dropped_under_an_answer(laptop: Laptop, order: Any) -> None:
    order(Fault="ResponseLost", Operation="GetResources", How="ConnectionDropped").raise_for_status()

    with pytest.raises(HTTPClientError):
        resources(laptop)


def test_data_can_be_partial_for_one_endpoint(laptop: Laptop, order: Any) -> None:
    data = [
        {
            "MetricName": "M",
            "Value": 1,
            "Timestamp": NOW - timedelta(minutes=minute),
            "Dimensions": [{"Name": "EndpointName", "Value": name}],
        }
        for name in ("whole", "half")
        for minute in (1, 2)
    ]
    laptop.client("cloudwatch").put_metric_data(Namespace="Faulty", MetricData=data)
    order(Fault="PartialData", EndpointName="half").raise_for_status()

    found = [(r["StatusCode"], r["Values"]) for r in metric_data(laptop, "whole", "half")]

    assert found == [("Complete", [1, 1]), ("PartialData", [1])]
    assert [r["StatusCode"] for r in metric_data(laptop, "whole", "half")] == ["Complete", "Complete"]


def test_an_order_that_names_no_operation_is_sagemakers_alone(laptop: Laptop, order: Any) -> None:
    order(Fault="Throttle").raise_for_status()

    metric_data(laptop)
    resources(laptop)
    with pytest.raises(ClientError, match="ThrottlingException"):
        laptop.client("sagemaker").list_models()


@pytest.mark.parametrize(
    "fault",
    [
        {"Fault": "PartialData", "Operation": "GetResources"},
        {"Fault": "ResourceLimitExceeded", "Operation": "GetMetricData"},
        {"Fault": "Throttle", "Operation": "DescribeStacks"},
    ],
)
def test_an_order_that_would_never_happen_is_refused(order: Any, fault: dict[str, str]) -> None:
    assert order(**fault).status_code == 400
