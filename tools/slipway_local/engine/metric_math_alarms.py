"""Alarms over metric math: MiniStack's CloudFormation refuses them; here they are kept, and not evaluated.

Such an alarm has `Metrics` in place of MetricName, Namespace, Statistic and Period
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html). MiniStack evaluates alarms
that name a metric, so that this one stays INSUFFICIENT_DATA.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Properties = dict[str, Any]
Record = Callable[[str, Properties], dict[str, Any]]
OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")


def keep_metric_math_alarms(provisioners: Any) -> None:
    """Patch MiniStack's CloudFormation provisioners."""
    provisioners._cw_metric_alarm_record = with_metric_math(provisioners._cw_metric_alarm_record)


def with_metric_math(record: Record) -> Record:
    """Return what makes a stored alarm of a template's properties, metric math among them."""

    def recorded(name: str, properties: Properties) -> dict[str, Any]:
        if not properties.get("Metrics"):
            return record(name, properties)
        rest = {key: value for key, value in properties.items() if key != "Metrics"}
        alarm = record(name, {**rest, "MetricName": "-", "Namespace": "-"})
        kept = {key: value for key, value in alarm.items() if key not in OF_ONE_METRIC}
        return {**kept, "Metrics": properties["Metrics"]}

    return recorded
