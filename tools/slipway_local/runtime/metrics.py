"""The metrics of invocations (namespace AWS/SageMaker) and of instances (/aws/sagemaker/Endpoints).

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html. InvocationsPerInstance:
"1/numberOfInstances is sent as the value on each request"; a serverless variant has none. Errors are sent for every
invocation, 1 or 0. InvocationModelErrors counts every answer that is not 2xx: a time-out and a lost connection too,
which are neither 4xx nor 5xx. Idle cleanup reads CPUUtilization as the proof that metrics arrive at all.
"""

from __future__ import annotations

from slipway_local.ports import Endpoints, Metrics
from slipway_local.runtime.scheduler import OncePerMinute

NAMESPACE = "AWS/SageMaker"


def count_invocation(
    metrics: Metrics,
    dimensions: dict[str, str],
    instances: int,
    status: int,
    model_seconds: float,
    overhead_seconds: float,
) -> None:
    """Publish the metrics of an invocation that its container answered with `status`, 0 for no answer."""
    counts = {
        "Invocations": 1,
        **({"InvocationsPerInstance": 1 / instances} if instances else {}),
        "Invocation4XXErrors": status // 100 == 4,  # noqa: PLR2004 - HTTP's classes
        "Invocation5XXErrors": status // 100 == 5,  # noqa: PLR2004
        "InvocationModelErrors": status // 100 != 2,  # noqa: PLR2004
    }
    for name, count in counts.items():
        metrics.put(NAMESPACE, name, float(count), "None", dimensions)
    latencies = {"ModelLatency": model_seconds, "OverheadLatency": overhead_seconds}
    for name, seconds in latencies.items():
        metrics.put(NAMESPACE, name, seconds * 1e6, "Microseconds", dimensions)


INSTANCE_NAMESPACE = "/aws/sagemaker/Endpoints"
IDLE_PERCENT = 0.3


class UtilizationReporter:
    """Publishes what every container uses.

    A variant without instances has none to measure: a serverless one, or one that was scaled to zero.
    """

    def __init__(self, endpoints: Endpoints, metrics: Metrics, minutes: OncePerMinute) -> None:
        self._minutes = minutes
        self._endpoints = endpoints
        self._metrics = metrics

    def backfill(self, endpoint_name: str, minutes: int) -> None:
        """Publish what idle instances of an endpoint would have reported in so many minutes before the present one."""
        for variant in self._endpoints.fleet().get(endpoint_name, []):
            dimensions = {"EndpointName": endpoint_name, "VariantName": variant.name}
            for minute in range(minutes if variant.instance_count else 0):
                self._metrics.put(INSTANCE_NAMESPACE, "CPUUtilization", IDLE_PERCENT, "Percent", dimensions, minute)
                self._metrics.put(INSTANCE_NAMESPACE, "MemoryUtilization", IDLE_PERCENT, "Percent", dimensions, minute)

    def report(self) -> None:
        """Publish one datum a minute of each metric for every variant that has instances."""
        for endpoint_name, variants in self._endpoints.fleet().items():
            for variant in variants:
                due = variant.instance_count and self._minutes.is_due(endpoint_name, variant.name)
                used = variant.container.utilization() if due else None
                if used is None:
                    continue
                dimensions = {"EndpointName": endpoint_name, "VariantName": variant.name}
                self._metrics.put(INSTANCE_NAMESPACE, "CPUUtilization", used.cpu, "Percent", dimensions)
                self._metrics.put(INSTANCE_NAMESPACE, "MemoryUtilization", used.memory, "Percent", dimensions)
