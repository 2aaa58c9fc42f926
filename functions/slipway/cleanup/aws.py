"""What idle cleanup calls, over boto3: metrics of endpoints, announcements, and the position of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slipway.aws.endpoint_listing import Boto3EndpointListing
from slipway.aws.errors import aws_errors
from slipway.aws.model_archives import Boto3ModelArchives
from slipway.aws.retry import Page
from slipway.aws.sagemaker import Boto3SageMaker
from slipway.aws.scaling import Boto3Scaling, delete_alarms
from slipway.aws.tag_index import Boto3TagIndex
from slipway.cleanup.metrics import BACKLOG, CONTROL, INSTANCES, INVOCATIONS
from slipway.cleanup.run import CleanupAws
from slipway.cleanup.snapshot import Metric, Series
from slipway.deployment.settings import Settings
from slipway.errors import ServiceUnavailable
from slipway.prices import load_prices

COMPLETE = "Complete"


def cleanup_aws(client: Callable[[str], Any], settings: Settings) -> CleanupAws:
    """Return what a run calls, over the boto3 clients that `client` returns by the name of their service."""
    sagemaker, s3, tagging = client("sagemaker"), client("s3"), client("resourcegroupstaggingapi")
    return CleanupAws(
        sagemaker=Boto3SageMaker(sagemaker),
        scaling=Boto3Scaling(client("application-autoscaling"), client("cloudwatch")),
        listing=Boto3EndpointListing(sagemaker),
        cloudwatch=Boto3CloudWatch(client("cloudwatch")),
        position=Boto3Position(s3, settings.model_bucket),
        index=Boto3TagIndex(tagging),
        announcements=Boto3Announcements(client("events"), client("sns"), settings.notification_topic_arn),
        archives=Boto3ModelArchives(s3, settings.model_bucket),
        prices=load_prices(settings.prices),
        delete_alarms=partial(delete_alarms, client("cloudwatch")),
    )


class Boto3CloudWatch:
    """Implements `slipway.cleanup.metrics.CloudWatch`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def reporting(self, token: str) -> Page[tuple[str, str]]:
        """Enhanced metrics have an InstanceId too, and are left out."""
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
            # Messages of the whole response are of an operation that went wrong as a whole (its API reference).
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
        self._values: dict[datetime, float] = {}
        self._status = ""
        self._doubts: list[str] = []

    def add(self, result: Mapping[str, Any], doubts: Iterable[str]) -> None:
        values = zip(result["Timestamps"], result["Values"], strict=True)
        self._values |= {time: value for time, value in values if value != 0}
        self._status = result.get("StatusCode", "no StatusCode")
        self._doubts += [*doubts, *(_said(message) for message in result.get("Messages", []))]

    def series(self) -> Series:
        status = [] if self._status == COMPLETE else [self._status]
        times = sorted(self._values)
        return Series(tuple(times), tuple(self._values[time] for time in times), "; ".join([*status, *self._doubts]))


def _keyed(metrics: Sequence[Metric]) -> list[tuple[str, Metric]]:
    return [(f"m{index}", metric) for index, metric in enumerate(metrics)]


def _query(index: int, metric: Metric, period: timedelta) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    described = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    stat = {"Metric": described, "Period": int(period.total_seconds()), "Stat": metric.statistic}
    return {"Id": f"m{index}", "MetricStat": stat, "ReturnData": True}


def _said(message: Mapping[str, str]) -> str:
    return f"{message.get('Code', '')} {message.get('Value', '')}".strip()


POSITION_KEY = "slipway/idle-position"
MAX_NAME = 63  # characters of an endpoint's name


class Boto3Position:
    """Implements `slipway.cleanup.run.Position`: S3 reads what was written last."""

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
    """Implements `slipway.cleanup.run.Announcements`."""

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
