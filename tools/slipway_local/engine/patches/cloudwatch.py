"""CloudWatch: GetMetricData and ListMetrics with AWS's limits, order and pages, and alarms of their own dimensions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: at most 500 queries a call,
newest first unless ScanBy says otherwise, at most MaxDatapoints values (100,800) an answer, the rest under NextToken.
API_ListMetrics.html: at most 500 metrics an answer, the rest under NextToken; RecentlyActive PT3H is those that had a
datum in the last three hours.
"""

from __future__ import annotations

import base64
import json
import operator
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from slipway_local.engine.patches import Engine, patch
from slipway_local.json_protocol import Response

GetMetricData = Callable[[Any, dict[str, Any], bool, bool], Response]
Result = dict[str, Any]
MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800


class Dimensions(dict[str, str]):
    """A query's dimensions. MiniStack takes none for any; on AWS they match the metric that has none."""

    def __bool__(self) -> bool:
        """Say that they are to be compared."""
        return True


@patch("ministack.services.cloudwatch", "_dims_from_list", "dimensions")
def dims_from_list(dimensions_of: Callable[[Any], dict[str, str]], _engine: Engine) -> Callable[[Any], Dimensions]:
    """Let queries without dimensions match the metric that has none."""
    return lambda dimensions: Dimensions(dimensions_of(dimensions))


@patch("ministack.services.cloudwatch", "_get_metric_data", "params", "cbor_data", "is_cbor", "is_json")
def get_metric_data(original: GetMetricData, _engine: Engine) -> GetMetricData:
    """Answer as AWS does; only the JSON protocol, which boto3 speaks."""
    from ministack.services import cloudwatch  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    return as_aws_answers(original, cloudwatch._error)


def as_aws_answers(get_metric_data: GetMetricData, error: Callable[..., Response]) -> GetMetricData:
    """Return a GetMetricData with AWS's limits, order and pages."""

    def answer(params: Any, request: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Response:
        if not is_json:
            return get_metric_data(params, request, is_cbor, is_json)
        if refusal := _refusal(request):
            return error(*refusal, 400, use_json=True)
        status, headers, body = get_metric_data(params, request, is_cbor, is_json)
        if status != 200:  # noqa: PLR2004 - HTTP's own number
            return status, headers, body
        page = _page(_ordered(json.loads(body)["MetricDataResults"], request), request)
        return status, headers, json.dumps(page).encode()

    return answer


def _refusal(request: Mapping[str, Any]) -> tuple[str, str] | None:
    queries = request.get("MetricDataQueries", [])
    if len(queries) > MAX_QUERIES:
        return "ValidationError", f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
    names = [query.get("Id") for query in queries]
    if len(set(names)) < len(names):
        return "ValidationError", "The values for parameter Id in MetricDataQueries are not unique."
    if "NextToken" in request and _place(request["NextToken"]) is None:
        return "InvalidNextToken", "The next token is invalid."
    return None


def _ordered(results: list[Result], request: Mapping[str, Any]) -> list[Result]:
    if request.get("ScanBy") == "TimestampAscending":
        return results
    return [{**r, "Timestamps": r["Timestamps"][::-1], "Values": r["Values"][::-1]} for r in results]


def _page(results: list[Result], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return results from the token's place on, as many values as fit.

    A result whose values go on in the next page is PartialData, as on AWS.
    """
    index, first = _place(request.get("NextToken", "")) or (0, 0)
    left, page = int(request.get("MaxDatapoints", MAX_DATAPOINTS)), []
    while index < len(results) and left > 0:
        result = results[index]
        until = min(first + left, len(result["Values"]))
        left -= until - first
        shown = {name: result[name][first:until] for name in ("Timestamps", "Values")}
        page.append({**result, **shown})
        if until < len(result["Values"]):
            page[-1]["StatusCode"] = "PartialData"
            first = until
            break
        index, first = index + 1, 0
    token = {"NextToken": _token(index, first)} if index < len(results) else {}
    return {"MetricDataResults": page, "Messages": []} | token


def _token(index: int, first: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([index, first]).encode()).decode()


def _place(token: str) -> tuple[int, int] | None:
    try:
        index, first = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError):
        return None
    return int(index), int(first)


ListMetrics = Callable[[Any, dict[str, Any], bool, bool], Response]
MAX_METRICS = 500
RECENTLY = 3 * 3600.0


@patch("ministack.services.cloudwatch", "_list_metrics", "params", "cbor_data", "is_cbor", "is_json")
def list_metrics(original: ListMetrics, _engine: Engine) -> ListMetrics:
    """Answer as AWS does; only the JSON protocol, which boto3 speaks."""
    from ministack.services import cloudwatch  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    def is_recent(metric: Mapping[str, Any]) -> bool:
        dimensions = cloudwatch._dims_key({each["Name"]: each["Value"] for each in metric["Dimensions"]})
        points = cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], dimensions), [])
        return any(point["Timestamp"] >= time.time() - RECENTLY for point in points)

    return as_aws_lists(original, is_recent, cloudwatch._error)


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


Evaluate = Callable[[dict[str, Any]], None]
OPERATORS: Mapping[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", operator.ge),
    "GreaterThanThreshold": ("greater than", operator.gt),
    "LessThanThreshold": ("less than", operator.lt),
    "LessThanOrEqualToThreshold": ("less than or equal to", operator.le),
}


@patch("ministack.services.cloudwatch", "_evaluate_alarm", "alarm")
def evaluate_alarm(original: Evaluate, _engine: Engine) -> Evaluate:
    """Let an alarm watch the metric of its own dimensions: MiniStack takes all of the metric's name.

    API_PutMetricAlarm.html: "The dimensions for the metric specified in MetricName".
    """
    from ministack.services import cloudwatch  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    def evaluate(alarm: dict[str, Any]) -> None:
        if alarm.get("ComparisonOperator") not in OPERATORS or not alarm.get("MetricName"):
            original(alarm)
            return
        dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
        key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
        since = time.time() - alarm.get("Period", 60) * alarm.get("EvaluationPeriods", 1)
        recent = [point for point in cloudwatch._metrics.get(key, []) if point["Timestamp"] >= since]
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")
        value = cloudwatch._stat_value(cloudwatch._calc_stats(recent), statistic, recent) if recent else None
        state, reason = verdict_of(alarm, value)
        before = alarm["StateValue"]
        if state == before:
            return
        alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
        data = reason_data(alarm, statistic, value)
        cloudwatch._record_history(alarm["AlarmName"], before, state, reason, reason_data=data)
        cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    return evaluate


@patch(
    "ministack.services.cloudwatch",
    "_record_history",
    "alarm_name",
    "old_state",
    "new_state",
    "reason",
    "alarm_type",
    "reason_data",
)
def record_history(original: Callable[..., None], _engine: Engine) -> Callable[..., None]:
    """Record the milliseconds of a change: in whole seconds it seems to come before what caused it.

    The AWS CLI's example of describe-alarm-history has "2014-04-09T18:59:06.442Z".
    """
    from ministack.services import cloudwatch  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    def record(*arguments: Any, **named: Any) -> None:
        original(*arguments, **named)
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        cloudwatch._history_entries()[-1]["Timestamp"] = now.replace("+00:00", "Z")

    return record


# API_PutMetricAlarm.html, TreatMissingData. Otherwise the state stays; with `missing`, as on AWS for a while only.
WITHOUT_DATA = {"breaching": "ALARM", "notBreaching": "OK"}


def verdict_of(alarm: Mapping[str, Any], value: float | None) -> tuple[str, str]:
    """Return an alarm's state at a value, or where there is none, and the reason in CloudWatch's words."""
    if value is None:
        treated = str(alarm.get("TreatMissingData", "missing"))
        return WITHOUT_DATA.get(
            treated, str(alarm["StateValue"])
        ), f"No datapoints were received, treated as {treated}."
    words, compare = OPERATORS[alarm["ComparisonOperator"]]
    threshold = float(alarm["Threshold"])
    is_breaching = compare(value, threshold)
    was = "was" if is_breaching else "was not"
    reason = f"Threshold Crossed: 1 datapoint [{value}] {was} {words} the threshold ({threshold})."
    return ("ALARM" if is_breaching else "OK"), reason


def reason_data(alarm: Mapping[str, Any], statistic: str, value: float | None) -> dict[str, Any]:
    """Return `stateReasonData` as the AWS CLI's example of describe-alarm-history has it."""
    found = [] if value is None else [value]
    about = {"version": "1.0", "statistic": statistic, "period": alarm.get("Period", 60)}
    return {**about, "recentDatapoints": found, "threshold": float(alarm["Threshold"])}
