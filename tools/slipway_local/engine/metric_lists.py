"""ListMetrics as AWS answers it, over MiniStack's, which lists everything at once, however old.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html: at most 500 metrics an answer,
the rest under NextToken; RecentlyActive PT3H is those that had a datum in the last three hours.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from slipway_local.json_protocol import Response

ListMetrics = Callable[[Any, dict[str, Any], bool, bool], Response]
MAX_METRICS = 500
RECENTLY = 3 * 3600.0


def put_right_metric_lists(cloudwatch: Any, now: Callable[[], float] = time.time) -> None:
    """Patch `ministack.services.cloudwatch`; only its JSON protocol, which boto3 speaks."""

    def is_recent(metric: Mapping[str, Any]) -> bool:
        dimensions = cloudwatch._dims_key({each["Name"]: each["Value"] for each in metric["Dimensions"]})
        points = cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], dimensions), [])
        return any(point["Timestamp"] >= now() - RECENTLY for point in points)

    cloudwatch._list_metrics = as_aws_lists(cloudwatch._list_metrics, is_recent, cloudwatch._error)


def as_aws_lists(
    list_metrics: ListMetrics, is_recent: Callable[[Mapping[str, Any]], bool], error: Callable[..., Response]
) -> ListMetrics:
    """Return a ListMetrics with RecentlyActive and pages.

    A token is how many metrics came before: metrics are added at the end, and none goes for two weeks.
    """

    def answer(params: Any, request: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:
        if not is_json:
            return list_metrics(params, request, is_cbor, is_json)
        token = request.get("NextToken", "0")
        if not token.isdecimal():
            return error("InvalidParameterValue", "The next token is invalid.", 400, use_json=True)
        status, headers, body = list_metrics(params, request, is_cbor, is_json)
        metrics = json.loads(body)["Metrics"]
        if "RecentlyActive" in request:
            metrics = [metric for metric in metrics if is_recent(metric)]
        until = int(token) + MAX_METRICS
        more = {"NextToken": str(until)} if until < len(metrics) else {}
        return status, headers, json.dumps({"Metrics": metrics[int(token) : until], **more}).encode()

    return answer
