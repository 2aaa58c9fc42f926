"""CloudWatch alarms, as SageMaker asks for them."""

from __future__ import annotations

from typing import Any


class CloudWatchAlarms:
    """`Alarms` over a boto3 CloudWatch client."""

    def __init__(self, client: Any) -> None:
        self._cloudwatch = client

    def in_alarm(self, names: list[str]) -> list[str]:
        """See the port; an alarm that does not exist is in no state."""
        found = self._cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        return [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
