"""CloudWatch's alarms over boto3, for managed alarms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slipway.aws.errors import aws_errors
from slipway.hosting.create_alarms import NAMESPACE, AlarmMetric

DAY = 86_400  # seconds


class Boto3Alarms:
    """Implements `slipway.hosting.create_alarms.Alarms`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def put(self, request: Mapping[str, Any]) -> None:
        with aws_errors():
            self._client.put_metric_alarm(**request)

    def value(self, metric: AlarmMetric, dimensions: Mapping[str, str], since: datetime) -> float | None:
        listed = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        described = {"Namespace": NAMESPACE, "MetricName": metric.name, "Dimensions": listed}
        query = {"Id": "value", "MetricStat": {"Metric": described, "Period": DAY, "Stat": metric.statistic}}
        with aws_errors():
            answer = self._client.get_metric_data(MetricDataQueries=[query], StartTime=since, EndTime=datetime.now(UTC))
        return max((float(one) for result in answer["MetricDataResults"] for one in result["Values"]), default=None)


def alarm_history(client: Any, name: str, since: datetime) -> list[dict[str, Any]]:
    """Return the changes of an alarm's state since then, newest first, as AWS describes them."""
    with aws_errors():
        answer = client.describe_alarm_history(
            AlarmName=name, HistoryItemType="StateUpdate", StartDate=since, EndDate=datetime.now(UTC)
        )
    found: list[dict[str, Any]] = answer["AlarmHistoryItems"]
    return found
