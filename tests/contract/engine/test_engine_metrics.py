"""What an endpoint's invocations leave in CloudWatch, and how GetMetricData hands it out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.engine.laptop import Laptop, wait_until

REAL_TIME, UTILIZATION = "AWS/SageMaker", "/aws/sagemaker/Endpoints"


def query(name: str, namespace: str, metric: str, stat: str = "Sum", **dimensions: str) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    measured = {"Namespace": namespace, "MetricName": metric, "Dimensions": named}
    return {"Id": name, "MetricStat": {"Metric": measured, "Period": 60, "Stat": stat}}


def ask(laptop: Laptop, *queries: dict[str, Any], hours: int = 1, **options: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    window = {"StartTime": now - timedelta(hours=hours), "EndTime": now + timedelta(minutes=2)}
    answer: dict[str, Any] = laptop.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries), **window, **options
    )
    return answer


def total(laptop: Laptop, namespace: str, metric: str, **dimensions: str) -> float | None:
    [result] = ask(laptop, query("q", namespace, metric, **dimensions))["MetricDataResults"]
    return sum(result["Values"]) if result["Values"] else None


def test_an_invocation_is_counted_under_its_variant(laptop: Laptop, echo: str) -> None:
    of_echo = {"EndpointName": echo, "VariantName": "AllTraffic"}
    before = total(laptop, REAL_TIME, "Invocations", **of_echo) or 0

    for _ in range(3):
        laptop.client("sagemaker-runtime").invoke_endpoint(EndpointName=echo, Body=b"1", ContentType="text/csv")

    wait_until(lambda: total(laptop, REAL_TIME, "Invocations", **of_echo) == before + 3)
    for name in ("InvocationsPerInstance", "ModelLatency", "OverheadLatency"):
        assert (total(laptop, REAL_TIME, name, **of_echo) or 0) > 0
    for name in ("Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"):
        assert total(laptop, REAL_TIME, name, **of_echo) == 0
    assert total(laptop, REAL_TIME, "Invocations", EndpointName=echo) is None, "a metric is its dimensions, all of them"


def test_an_endpoint_that_is_in_service_shows_what_its_process_uses(laptop: Laptop, echo: str) -> None:
    of_echo = {"EndpointName": echo, "VariantName": "AllTraffic"}

    wait_until(lambda: total(laptop, UTILIZATION, "MemoryUtilization", **of_echo))

    assert total(laptop, UTILIZATION, "CPUUtilization", **of_echo) is not None


def test_five_hundred_queries_go_in_one_call_and_no_more(laptop: Laptop) -> None:
    queries = [query(f"q{n}", "Many", "M", EndpointName=f"e{n}") for n in range(501)]

    answered = ask(laptop, *queries[:500])["MetricDataResults"]

    assert [result["Id"] for result in answered] == [f"q{n}" for n in range(500)]
    assert {result["StatusCode"] for result in answered} == {"Complete"}
    with pytest.raises(ClientError, match="size greater than 500"):
        ask(laptop, *queries)


def test_values_come_newest_first_and_in_pages(laptop: Laptop) -> None:
    now = datetime.now(UTC).replace(second=30)
    data = [
        {"MetricName": name, "Value": minute, "Timestamp": now - timedelta(minutes=minute)}
        for name in ("A", "B")
        for minute in range(1, 6)
    ]
    laptop.client("cloudwatch").put_metric_data(Namespace="Paged", MetricData=data)
    queries = [query("a", "Paged", "A"), query("none", "Paged", "None"), query("b", "Paged", "B")]

    pages: list[dict[str, Any]] = [ask(laptop, *queries, MaxDatapoints=3)]
    while "NextToken" in pages[-1]:
        pages.append(ask(laptop, *queries, MaxDatapoints=3, NextToken=pages[-1]["NextToken"]))

    found = [[(r["Id"], r["Values"], r["StatusCode"]) for r in page["MetricDataResults"]] for page in pages]
    assert found == [
        [("a", [1, 2, 3], "PartialData")],
        [("a", [4, 5], "Complete"), ("none", [], "Complete"), ("b", [1], "PartialData")],
        [("b", [2, 3, 4], "PartialData")],
        [("b", [5], "Complete")],
    ]
    [oldest_first] = ask(laptop, queries[0], ScanBy="TimestampAscending")["MetricDataResults"]
    assert oldest_first["Values"] == [5, 4, 3, 2, 1]


def test_a_token_of_another_request_is_refused(laptop: Laptop) -> None:
    with pytest.raises(ClientError) as refused:
        ask(laptop, query("a", "Paged", "A"), NextToken="bm9uZQ==")

    assert refused.value.response["Error"]["Code"] == "InvalidNextToken"


def test_metrics_are_listed_in_pages_and_old_ones_only_if_they_are_asked_for(laptop: Laptop) -> None:
    cloudwatch, now = laptop.client("cloudwatch"), datetime.now(UTC)
    names = [f"M{number:03}" for number in range(501)]
    recent = [{"MetricName": name, "Value": 1} for name in names]
    old = {"MetricName": "Old", "Value": 1, "Timestamp": now - timedelta(hours=4)}
    cloudwatch.put_metric_data(Namespace="Listed", MetricData=[*recent, old])
    pages = cloudwatch.get_paginator("list_metrics")

    active = list(pages.paginate(Namespace="Listed", RecentlyActive="PT3H"))
    listed = [metric["MetricName"] for page in pages.paginate(Namespace="Listed") for metric in page["Metrics"]]

    assert [len(page["Metrics"]) for page in active] == [500, 1]
    assert [metric["MetricName"] for page in active for metric in page["Metrics"]] == names
    assert listed == [*names, "Old"]
