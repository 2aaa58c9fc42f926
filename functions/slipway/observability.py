"""Logs, traces and metrics through Powertools, set up once.

Payloads are not logged: inputs may hold what their owners would not publish.
"""

from __future__ import annotations

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.tracing import Tracer

SERVICE = "slipway"
NAMESPACE = "Slipway"

logger = Logger(service=SERVICE)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
# Patching every library that is found would import half of the runtime; bootstrap patches botocore when it is needed.
tracer = Tracer(service=SERVICE, auto_patch=False)


def count(metric: str, **dimensions: str) -> None:
    """Publish one count in the namespace `Slipway`, with dimensions of its own beside `service`."""
    for name, value in dimensions.items():
        metrics.add_dimension(name=name, value=value)
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
    metrics.flush_metrics()
