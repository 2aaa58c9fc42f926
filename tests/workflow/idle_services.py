"""What idle cleanup calls in addition to SageMaker: Resource Groups Tagging, CloudWatch's metrics, SNS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from slipway_local.sagemaker import SageMaker
from tests.workflow.failures import CallNotAnswered
from tests.workflow.inventory import inventory

Request = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/x-amz-json-1.1"}
XML = {"Content-Type": "text/xml"}
PUBLISHED = b"<PublishResponse><PublishResult><MessageId>0</MessageId></PublishResult></PublishResponse>"
VARIANT = "AllTraffic"
KINDS = {
    "endpoint": ("ListEndpoints", "Endpoints", "EndpointArn"),
    "endpoint-config": ("ListEndpointConfigs", "EndpointConfigs", "EndpointConfigArn"),
    "model": ("ListModels", "Models", "ModelArn"),
}


class IdleServices:
    """`invoked` are the instants of each endpoint's invocations, `notifications` what SNS was given.

    `alarms` are the states of CloudWatch's alarms by name, `fleets` the values of metrics by configuration, metric and
    statistic.

    Every endpoint's instances report each minute, except those of `silent` ones; what is asked of those in `partial`
    is answered in part.
    """

    def __init__(self, sagemaker: SageMaker) -> None:
        self._sagemaker = sagemaker
        self.invoked: dict[str, list[datetime]] = {}
        self.silent: set[str] = set()
        self.partial: set[str] = set()
        self.notifications: list[dict[str, str]] = []
        self.alarms: dict[str, str] = {}
        self.alarm_requests: dict[str, Request] = {}
        self.fired: list[dict[str, str]] = []
        self.fleets: dict[tuple[str, str, str], list[float]] = {}
        self._operations: dict[str, Callable[[Request], Request]] = {
            "GetResources": self._get_resources,
            "TagResources": self._tag_resources,
            "ListMetrics": self._list_metrics,
            "GetMetricData": self._get_metric_data,
            "DescribeAlarms": self._describe_alarms,
            "PutMetricAlarm": self._put_metric_alarm,
            "DeleteAlarms": self._delete_alarms,
            "DescribeAlarmHistory": self._describe_alarm_history,
        }

    def take_over(self, other: IdleServices) -> None:
        """Hold what another holds."""
        self.invoked = {name: list(times) for name, times in other.invoked.items()}
        self.silent, self.partial = set(other.silent), set(other.partial)
        self.alarms, self.alarm_requests = dict(other.alarms), dict(other.alarm_requests)
        self.fired = list(other.fired)
        self.fleets = dict(other.fleets)

    def fire(self, name: str, reason: str) -> None:
        """Let an alarm go into ALARM."""
        self.alarms[name] = "ALARM"
        data = json.dumps({"version": "1.0", "newState": {"stateValue": "ALARM", "stateReason": reason}})
        self.fired.append({"AlarmName": name, "HistoryItemType": "StateUpdate", "HistoryData": data})

    def answer(self, operation: str, body: bytes | str) -> Answer:
        """Answer one request. Raises `CallNotAnswered` for an operation that is not known here."""
        if operation == "Publish":
            self.notifications.append(
                {key: value[0] for key, value in parse_qs(body.decode() if isinstance(body, bytes) else body).items()}
            )
            return (
                200,
                XML,
                b"<PublishResponse><PublishResult><MessageId>0</MessageId></PublishResult></PublishResponse>",
            )
        if operation not in self._operations:
            raise CallNotAnswered(operation)
        return 200, JSON, json.dumps(self._operations[operation](json.loads(body))).encode()

    # Resource Groups Tagging.

    def _get_resources(self, request: Request) -> Request:
        if "ResourceARNList" in request:
            wanted = request["ResourceARNList"]
            known = [(arn, tags) for kind in KINDS for arn, tags in self._tagged(kind) if arn in wanted]
            return {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": _listed(tags)} for arn, tags in known]}
        kinds = [kind.removeprefix("sagemaker:") for kind in request["ResourceTypeFilters"]]
        found = [(arn, tags) for kind in kinds for arn, tags in self._tagged(kind) if _bears(tags, request)]
        shown = [{"ResourceARN": arn, "Tags": _listed(tags)} for arn, tags in sorted(found)]
        start, length = int(request.get("PaginationToken") or 0), request["ResourcesPerPage"]
        token = str(start + length) if start + length < len(shown) else ""
        return {"ResourceTagMappingList": shown[start : start + length], "PaginationToken": token}

    def _tag_resources(self, request: Request) -> Request:
        for arn in request["ResourceARNList"]:
            self._sagemaker.call("AddTags", {"ResourceArn": arn, "Tags": _listed(request["Tags"])})
        return {"FailedResourcesMap": {}}

    def _tagged(self, kind: str) -> Iterator[tuple[str, dict[str, str]]]:
        operation, items, arn = KINDS[kind]
        for one in self._sagemaker.call(operation, {"MaxResults": 100})[items]:
            tags = self._sagemaker.call("ListTags", {"ResourceArn": one[arn]})["Tags"]
            yield one[arn], {tag["Key"]: tag["Value"] for tag in tags}

    # CloudWatch.

    def _list_metrics(self, request: Request) -> Request:
        if request["MetricName"] != "CPUUtilization":
            return {"Metrics": []}
        reporting = [
            name for name, (status, _) in inventory(self._sagemaker).endpoints.items() if status == "InService"
        ]
        about = {"Namespace": request["Namespace"], "MetricName": request["MetricName"]}
        return {"Metrics": [{**about, "Dimensions": _of(name)} for name in reporting if name not in self.silent]}

    def _describe_alarms(self, request: Request) -> Request:
        known = [name for name in request["AlarmNames"] if name in self.alarms]
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": self.alarms[name]} for name in known]}

    def _put_metric_alarm(self, request: Request) -> Request:
        self.alarms.setdefault(request["AlarmName"], "INSUFFICIENT_DATA")
        self.alarm_requests[request["AlarmName"]] = request
        return {}

    def _delete_alarms(self, request: Request) -> Request:
        for name in request["AlarmNames"]:
            del self.alarms[name]
        return {}

    def _describe_alarm_history(self, request: Request) -> Request:
        return {"AlarmHistoryItems": [one for one in self.fired if one["AlarmName"] == request["AlarmName"]]}

    def _get_metric_data(self, request: Request) -> Request:
        since, until = (datetime.fromtimestamp(request[key], UTC) for key in ("StartTime", "EndTime"))
        return {"MetricDataResults": [self._result(query, since, until) for query in request["MetricDataQueries"]]}

    def _result(self, query: Request, since: datetime, until: datetime) -> Request:
        metric = query["MetricStat"]["Metric"]
        period = timedelta(seconds=query["MetricStat"]["Period"])
        dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        if config := dimensions.get("EndpointConfigName"):
            values = self.fleets.get((config, metric["MetricName"], query["MetricStat"]["Stat"]), [])
            times = [since + index * period for index in range(len(values))]
            shown = [time.timestamp() for time in times]
            return {"Id": query["Id"], "Timestamps": shown, "Values": values, "StatusCode": "Complete"}
        name = dimensions.get("EndpointName") or dimensions["InferenceComponentName"]
        if metric["MetricName"] == "CPUUtilization":
            periods = -((since - until) // period)  # the one that has just begun, too
            times = [] if name in self.silent else [since + index * period for index in range(periods)]
        else:
            used = [time for time in self.invoked.get(name, []) if since <= time < until]
            times = sorted({since + (time - since) // period * period for time in used})
        shown = [time.timestamp() for time in times]
        minute, is_control = timedelta(minutes=1), metric["MetricName"] == "CPUUtilization"
        values = [min(period, until - time) / minute if is_control else 1.0 for time in times]
        status = "PartialData" if name in self.partial else "Complete"
        return {"Id": query["Id"], "Timestamps": shown, "Values": values, "StatusCode": status}


def _bears(tags: dict[str, str], request: Request) -> bool:
    return all(
        one["Key"] in tags and tags[one["Key"]] in one.get("Values", [tags[one["Key"]]])
        for one in request["TagFilters"]
    )


def _listed(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _of(name: str) -> list[dict[str, str]]:
    return [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": VARIANT}]
