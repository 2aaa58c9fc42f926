"""The metrics of one invocation of a real-time endpoint, in the namespace AWS/SageMaker.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html#cloudwatch-metrics-endpoint-invocation
InvocationsPerInstance: "1/numberOfInstances is sent as the value on each request"; a serverless variant has none.
Errors are sent for every invocation, 1 or 0. InvocationModelErrors counts whatever is not a 2xx answer: a time-out
and a lost connection too, which are neither 4xx nor 5xx.
"""

from __future__ import annotations

from slipway_local.ports import Metrics

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
