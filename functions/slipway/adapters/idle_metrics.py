"""CloudWatch's metrics of endpoints over boto3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slipway.adapters.aws_errors import aws_errors
from slipway.domain.idle_facts import Metric, Series
from slipway.domain.idle_metrics import BACKLOG, CONTROL, INSTANCES, INVOCATIONS
from slipway.use_cases.patience import Page

COMPLETE = "Complete"


class Boto3CloudWatch:
    """Implements `slipway.use_cases.idle_ports.CloudWatch`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def reporting(self, token: str) -> Page[tuple[str, str]]:
        """See the port. Enhanced metrics bear an InstanceId too, and are passed over."""
        found, following = self._list(INSTANCES, CONTROL, token)
        exact = (one for one in found if set(one) == {"EndpointName", "VariantName"})
        return Page([(one["EndpointName"], one["VariantName"]) for one in exact], following)

    def with_backlog(self, token: str) -> Page[str]:
        """See the port."""
        found, following = self._list(INVOCATIONS, BACKLOG, token)
        return Page([one["EndpointName"] for one in found if set(one) == {"EndpointName"}], following)

    def measure(
        self, metrics: Sequence[Metric], since: datetime, until: datetime, period: timedelta
    ) -> Mapping[Metric, Series]:
        """See the port. Read to the last page: a value may come on any of them, and the last one says Complete."""
        request = {
            "MetricDataQueries": [_query(index, metric, period) for index, metric in enumerate(metrics)],
            "StartTime": since,
            "EndTime": until,
            "ScanBy": "TimestampAscending",
        }
        answers: dict[str, _Answer] = {}
        while True:
            with aws_errors():
                page = self._client.get_metric_data(**request)
            # Messages of the whole answer tell of an operation that went wrong as a whole (its API reference).
            doubts = [_said(message) for message in page.get("Messages", [])]
            for result in page["MetricDataResults"]:
                answers.setdefault(result["Id"], _Answer()).add(result, doubts)
            if not page.get("NextToken"):
                return {metric: answers[key].series() for key, metric in _keyed(metrics) if key in answers}
            request["NextToken"] = page["NextToken"]

    def _list(self, namespace: str, name: str, token: str) -> tuple[list[dict[str, str]], str]:
        request = {"Namespace": namespace, "MetricName": name, "RecentlyActive": "PT3H"}
        if token:
            request["NextToken"] = token
        with aws_errors():
            answer = self._client.list_metrics(**request)
        found = [{one["Name"]: one["Value"] for one in metric["Dimensions"]} for metric in answer["Metrics"]]
        return found, answer.get("NextToken") or ""


class _Answer:
    """A metric's results, gathered from several pages."""

    def __init__(self) -> None:
        self._times: set[datetime] = set()
        self._status = ""
        self._doubts: list[str] = []

    def add(self, result: Mapping[str, Any], doubts: Iterable[str]) -> None:
        values = zip(result["Timestamps"], result["Values"], strict=True)
        self._times |= {time for time, value in values if value != 0}
        self._status = result.get("StatusCode", "no StatusCode")
        self._doubts += [*doubts, *(_said(message) for message in result.get("Messages", []))]

    def series(self) -> Series:
        status = [] if self._status == COMPLETE else [self._status]
        return Series(tuple(sorted(self._times)), "; ".join([*status, *self._doubts]))


def _keyed(metrics: Sequence[Metric]) -> list[tuple[str, Metric]]:
    return [(f"m{index}", metric) for index, metric in enumerate(metrics)]


def _query(index: int, metric: Metric, period: timedelta) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    described = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    stat = {"Metric": described, "Period": int(period.total_seconds()), "Stat": metric.statistic}
    return {"Id": f"m{index}", "MetricStat": stat, "ReturnData": True}


def _said(message: Mapping[str, str]) -> str:
    return f"{message.get('Code', '')} {message.get('Value', '')}".strip()
