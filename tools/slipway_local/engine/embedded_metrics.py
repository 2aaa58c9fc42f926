"""Metrics that functions write into their logs, published as CloudWatch does on AWS; MiniStack keeps them as text.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html: a
line is a JSON object whose `_aws.CloudWatchMetrics` name the members that are metrics, and those that are dimensions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Datum(NamedTuple):
    """One value of a metric."""

    namespace: str
    name: str
    value: float
    unit: str
    dimensions: dict[str, str]


def publish_embedded_metrics(lambda_svc: Any, cloudwatch: Any) -> None:
    """Patch `ministack.services.lambda_svc`: what a function writes is looked through, and alarms look at it."""
    emit = lambda_svc._emit_lambda_logs

    def emit_lambda_logs(func: Any, request_id: str, log_text: str, *rest: Any, **options: Any) -> None:
        emit(func, request_id, log_text, *rest, **options)
        found = list(embedded(log_text))
        for datum in found:
            cloudwatch.record_metric(*datum)
        if found:
            cloudwatch._evaluate_all_alarms()

    lambda_svc._emit_lambda_logs = emit_lambda_logs


def embedded(log_text: str) -> Iterator[Datum]:
    """Yield the metrics of a log; lines of any other form are no metrics."""
    for line in log_text.splitlines():
        if '"CloudWatchMetrics"' not in line:
            continue
        try:
            document = json.loads(line)
        except ValueError:
            continue
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
            yield from _data(directive, document)


def _data(directive: dict[str, Any], document: dict[str, Any]) -> Iterator[Datum]:
    for names in directive["Dimensions"]:
        dimensions = {name: str(document[name]) for name in names}
        for metric in directive["Metrics"]:
            values = document[metric["Name"]]
            for value in values if isinstance(values, list) else [values]:
                unit = metric.get("Unit", "None")
                yield Datum(directive["Namespace"], metric["Name"], float(value), unit, dimensions)
