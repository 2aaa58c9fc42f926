"""CreateAlarms: the alarms of an endpoint that AWS rolls its updates back for, with `ManagedAlarms`.

SageMaker sends 1 or 0 for an error with each invocation, so that the average is the ratio of errors. Old and new fleet
feed the same metrics, so a threshold is above what the endpoint has had in the last day (SageMaker developer guide,
"Monitor SageMaker AI with Amazon CloudWatch", "Auto-Rollback Configuration and Monitoring").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypedDict

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.endpoint_status import Description
from slipway.deployment.names import managed_alarm_name
from slipway.deployment.plan import Plan
from slipway.errors import AlarmAlreadyFiring, NotFound
from slipway.preflight.check_alarms import AlarmStates
from slipway.smoke_test.degradation import max_error_ratio, max_latency

NAMESPACE = "AWS/SageMaker"
PERIOD = 60  # seconds: SageMaker publishes as often
BASELINE = timedelta(days=1)
MAX_LATENCY = 60_000_000.0  # microseconds: no answer of a container takes longer
MAX_RATIO = 0.5  # of errors: a day of failures must not make an alarm that never fires


@dataclass(frozen=True)
class AlarmMetric:
    """What an alarm watches of a variant: a metric, and its statistic."""

    name: str
    statistic: str


ERRORS = (AlarmMetric("Invocation5XXErrors", "Average"), AlarmMetric("InvocationModelErrors", "Average"))
LATENCY = AlarmMetric("ModelLatency", "p95")
WATCHED = (*ERRORS, LATENCY)


class CreateAlarmsOutput(TypedDict):
    """The names of the alarms; none of an endpoint that does not exist yet."""

    Alarms: list[str]


class Alarms(Protocol):
    """CloudWatch's alarms and metrics.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def put(self, request: Mapping[str, Any]) -> None:
        """Create an alarm, or change the one of its name."""

    def value(self, metric: AlarmMetric, dimensions: Mapping[str, str], since: datetime) -> float | None:
        """Return the largest value of a metric since then, by days; None where nothing was measured."""


def create_alarms(plan: Plan, sagemaker: SageMaker, alarms: Alarms, alarm_states: AlarmStates) -> CreateAlarmsOutput:
    """Create the alarms of the plan's endpoint, or set their thresholds again, and return their names.

    Raises `AlarmAlreadyFiring`.
    """
    try:
        endpoint = sagemaker.describe_endpoint(plan["EndpointName"])
    except NotFound:
        return CreateAlarmsOutput(Alarms=[])
    since = datetime.now(UTC) - BASELINE
    requests = [alarm_request(one, of, alarms.value(one, of, since)) for one, of in _watched(endpoint)]
    for request in requests:
        alarms.put(request)
    names = [request["AlarmName"] for request in requests]
    firing = [name for name, state in alarm_states(names).items() if state == "ALARM"]
    if firing:
        raise AlarmAlreadyFiring(
            f"The alarm {firing[0]} of the endpoint is in ALARM, so that SageMaker would roll the update back: wait "
            'until it is OK and deploy again, or write "ManagedAlarms": false to replace a version that fails.'
        )
    return CreateAlarmsOutput(Alarms=names)


def managed_alarms_of(endpoint: Description) -> list[str]:
    """Return the names that the alarms of an endpoint have."""
    return [managed_alarm_name(of["EndpointName"], of["VariantName"], one.name) for one, of in _watched(endpoint)]


def alarm_request(metric: AlarmMetric, dimensions: Mapping[str, str], before: float | None) -> dict[str, Any]:
    """Return the PutMetricAlarm request; `before` is what the endpoint has had, where anything was measured."""
    name, is_latency = dimensions["EndpointName"], metric == LATENCY
    return {
        "AlarmName": managed_alarm_name(name, dimensions["VariantName"], metric.name),
        "AlarmDescription": f"Rolls back updates of the endpoint {name}. A deployment with ManagedAlarms created it.",
        "Namespace": NAMESPACE,
        "MetricName": metric.name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "ExtendedStatistic" if is_latency else "Statistic": metric.statistic,
        "Period": PERIOD,
        "EvaluationPeriods": 1,
        "Threshold": _latency_threshold(before) if is_latency else min(MAX_RATIO, max_error_ratio(before)),
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }


def _latency_threshold(before: float | None) -> float:
    # An endpoint that was not invoked says nothing about latency.
    return MAX_LATENCY if before is None else min(MAX_LATENCY, max_latency(before))


def _watched(endpoint: Description) -> Iterator[tuple[AlarmMetric, dict[str, str]]]:
    for variant in endpoint.get("ProductionVariants", []):
        dimensions = {"EndpointName": endpoint["EndpointName"], "VariantName": variant["VariantName"]}
        yield from ((metric, dimensions) for metric in WATCHED)
