"""CPUUtilization and MemoryUtilization of what serves, once a minute.

Namespace and dimensions: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html. Idle cleanup reads
CPUUtilization as the proof that metrics arrive at all.
"""

from __future__ import annotations

from slipway_local.ports import Metrics
from slipway_local.runtime_ports import Endpoints
from slipway_local.sagemaker_runtime.minutes import OncePerMinute

NAMESPACE = "/aws/sagemaker/Endpoints"


class UtilizationReporter:
    """Publishes what every container uses.

    A variant without instances has none to measure: a serverless one, or one that was scaled to zero.
    """

    def __init__(self, endpoints: Endpoints, metrics: Metrics, minutes: OncePerMinute) -> None:
        self._minutes = minutes
        self._endpoints = endpoints
        self._metrics = metrics

    def report(self) -> None:
        """Publish one datum a minute of each metric for every variant that has instances."""
        for endpoint_name, variants in self._endpoints.fleet().items():
            for variant in variants:
                due = variant.instance_count and self._minutes.is_due(endpoint_name, variant.name)
                used = variant.container.utilization() if due else None
                if used is None:
                    continue
                dimensions = {"EndpointName": endpoint_name, "VariantName": variant.name}
                self._metrics.put(NAMESPACE, "CPUUtilization", used.cpu, "Percent", dimensions)
                self._metrics.put(NAMESPACE, "MemoryUtilization", used.memory, "Percent", dimensions)
