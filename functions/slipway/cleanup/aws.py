"""CloudWatch's metrics of endpoints over boto3.

SageMaker's endpoints over boto3, with their tags from the Resource Groups Tagging API: 100 a page, the most.

Where idle cleanup has stopped, as a small object in the stack's own bucket.

EventBridge's default bus and the stack's notification topic, over boto3.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from slipway.aws.errors import aws_errors
from slipway.aws.retry import Page
from slipway.aws.tag_index import Boto3TagIndex
from slipway.cleanup.facts import EndpointFacts, Metric, Series
from slipway.cleanup.metrics import BACKLOG, CONTROL, INSTANCES, INVOCATIONS
from slipway.cleanup.policy import Scope
from slipway.errors import ServiceUnavailable

COMPLETE = "Complete"


class Boto3CloudWatch:
    """Implements `slipway.cleanup.ports.CloudWatch`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def reporting(self, token: str) -> Page[tuple[str, str]]:
        """Enhanced metrics bear an InstanceId too, and are passed over."""
        found, following = self._list(INSTANCES, CONTROL, token)
        exact = (one for one in found if set(one) == {"EndpointName", "VariantName"})
        return Page([(one["EndpointName"], one["VariantName"]) for one in exact], following)

    def with_backlog(self, token: str) -> Page[str]:
        found, following = self._list(INVOCATIONS, BACKLOG, token)
        return Page([one["EndpointName"] for one in found if set(one) == {"EndpointName"}], following)

    def measure(
        self, metrics: Sequence[Metric], since: datetime, until: datetime, period: timedelta
    ) -> Mapping[Metric, Series]:
        """Read to the last page: a value may come on any of them, and the last one says Complete."""
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


ENDPOINTS_PER_PAGE = 100


class Boto3Listing:
    """Implements `slipway.cleanup.ports.Listing`."""

    def __init__(self, sagemaker: Any, tagging: Any) -> None:
        self._sagemaker = sagemaker
        self._index = Boto3TagIndex(tagging)

    def endpoints(self, token: str, changed_since: datetime | None = None) -> Page[EndpointFacts]:
        since = {"LastModifiedTimeAfter": changed_since} if changed_since else {}
        request = {
            "SortBy": "Name",
            "SortOrder": "Ascending",
            "MaxResults": ENDPOINTS_PER_PAGE,
            **since,
            **_next_token(token),
        }
        with aws_errors():
            answer = self._sagemaker.list_endpoints(**request)
        return Page([_facts(endpoint) for endpoint in answer["Endpoints"]], answer.get("NextToken") or "")

    def tagged(self, scope: Scope, token: str) -> Page[tuple[str, Mapping[str, str]]]:
        return self._index.tagged(("endpoint",), scope.key, scope.value, token)

    def components(self, endpoint_name: str, token: str) -> Page[str]:
        request = {"EndpointNameEquals": endpoint_name, "MaxResults": ENDPOINTS_PER_PAGE, **_next_token(token)}
        with aws_errors():
            answer = self._sagemaker.list_inference_components(**request)
        names = [str(found["InferenceComponentName"]) for found in answer["InferenceComponents"]]
        return Page(names, answer.get("NextToken") or "")


def _next_token(token: str) -> dict[str, str]:
    return {"NextToken": token} if token else {}


def _facts(endpoint: Mapping[str, Any]) -> EndpointFacts:
    return EndpointFacts(
        name=endpoint["EndpointName"],
        arn=endpoint["EndpointArn"],
        status=endpoint["EndpointStatus"],
        created=endpoint["CreationTime"],
        modified=endpoint["LastModifiedTime"],
    )


POSITION_KEY = "slipway/idle-position"
MAX_NAME = 63  # characters of an endpoint's name


class Boto3Position:
    """Implements `slipway.cleanup.ports.Position`: S3 reads what was written last."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self) -> str:
        # Listing first: a bucket without the object is no error.
        with aws_errors():
            found = self._client.list_objects_v2(Bucket=self._bucket, Prefix=POSITION_KEY, MaxKeys=1)
            if not found.get("Contents"):
                return ""
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=POSITION_KEY)["Body"].read(MAX_NAME)
        return body.decode()

    def write(self, name: str) -> None:
        with aws_errors():
            self._client.put_object(Bucket=self._bucket, Key=POSITION_KEY, Body=name.encode())


SOURCE = "slipway"


class Boto3Announcements:
    """Implements `slipway.cleanup.ports.Announcements`."""

    def __init__(self, events: Any, sns: Any, topic_arn: str) -> None:
        self._events = events
        self._sns = sns
        self._topic_arn = topic_arn

    def put_events(self, detail_type: str, details: Sequence[Mapping[str, Any]]) -> None:
        """PutEvents answers 200 for what it did not take, and says so."""
        entries = [{"Source": SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)} for detail in details]
        with aws_errors():
            answer = self._events.put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            codes = sorted({str(entry["ErrorCode"]) for entry in answer["Entries"] if "ErrorCode" in entry})
            raise ServiceUnavailable(f"{answer['FailedEntryCount']} events were not taken: {', '.join(codes)}.")

    def notify(self, subject: str, text: str) -> None:
        with aws_errors():
            self._sns.publish(TopicArn=self._topic_arn, Subject=subject, Message=text)
