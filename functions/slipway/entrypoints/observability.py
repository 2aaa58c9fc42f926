"""Logs and metrics through Powertools, set up once; Lambda and Step Functions write the traces themselves.

Payloads are not logged: inputs may hold what their owners would not publish. The `service` of logs
and metrics is the stack's name (POWERTOOLS_SERVICE_NAME in the template): two stacks of an account do not mix.
"""

from __future__ import annotations

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics

NAMESPACE = "Slipway"

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


def count(metric: str, **dimensions: str) -> None:
    """Publish one count in the namespace `Slipway`, with dimensions of its own beside `service`."""
    measure(metric, "Count", 1, **dimensions)


def measure(metric: str, unit: str, value: float, **dimensions: str) -> None:
    """Publish one value, in one of CloudWatch's units, likewise."""
    for name, text in dimensions.items():
        metrics.add_dimension(name=name, value=text)
    metrics.add_metric(name=metric, unit=unit, value=value)
    metrics.flush_metrics()
