"""AnalyzeTraffic: compare how the new and the old version have answered the callers, once the update is complete.

SageMaker publishes the metrics of a fleet with the dimension EndpointConfigName, from when it receives traffic on
(developer guide, "Auto-Rollback Configuration and Monitoring", "Monitor model latency on the new fleet"). So both
fleets are distinguished although they serve at the same time.

The verdicts are those of an AnalysisRun of Argo Rollouts ("Analysis & Progressive Delivery"): Successful, Failed, and
Inconclusive, which is neither; a run is as good as the worst of its metrics. Where Argo pauses a rollout that is
Inconclusive, there is no old fleet to pause with any more: `OnInconclusive` decides.
https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TypedDict, cast

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.plan import Plan
from slipway.deployment.timestamps import format_instant
from slipway.errors import NotFound
from slipway.smoke_test.degradation import max_error_ratio, max_latency

SUCCESSFUL, FAILED, INCONCLUSIVE = "Successful", "Failed", "Inconclusive"
COUNTS = {
    "Invocations": "Invocations",
    "Errors4XX": "Invocation4XXErrors",
    "Errors5XX": "Invocation5XXErrors",
    "ModelErrors": "InvocationModelErrors",
}
LATENCIES = {"MedianLatencyMs": "p50", "P95LatencyMs": "p95"}  # of ModelLatency, which is in microseconds
# What a caller does wrong is a 4xx error too: those are shown, and do not decide.
DECISIVE = {"Errors5XX": "5xx errors", "ModelErrors": "errors of the model"}


@dataclass(frozen=True)
class FleetMetric:
    """A metric of the namespace AWS/SageMaker, by the minute."""

    name: str
    statistic: str
    dimensions: Mapping[str, str]


# The values of each metric between two instants, one a minute in which there was any.
FleetMetrics = Callable[[Sequence[FleetMetric], datetime, datetime], list[list[float]]]


class Fleet(TypedDict):
    """What CloudWatch has of the instances of a configuration: sums, and of latency the median of all minutes.

    A latency is None where nothing was measured.
    """

    EndpointConfigName: str
    Invocations: int
    Errors4XX: int
    Errors5XX: int
    ModelErrors: int
    MedianLatencyMs: float | None
    P95LatencyMs: float | None


class VariantAnalysis(TypedDict):
    """Both fleets of a variant, and the verdict; `Message` is a clause that says why, empty for Successful."""

    VariantName: str
    Verdict: str
    Message: str
    Old: Fleet
    New: Fleet


class TrafficAnalysis(TypedDict):
    """The worst verdict of all variants, and a sentence that says why; empty for Successful."""

    Verdict: str
    Message: str
    Since: str
    Until: str
    Variants: list[VariantAnalysis]


@dataclass(frozen=True)
class Update:
    """An update of an endpoint: both configurations, and when it began."""

    old_config: str
    new_config: str
    since: datetime


def analyze_traffic(
    plan: Plan, update: Update, sagemaker: SageMaker, fleet_metrics: FleetMetrics, now: datetime
) -> TrafficAnalysis:
    """Return the comparison, from `Minutes` before the update until now."""
    name, wanted = plan["EndpointName"], plan["TrafficAnalysis"]
    since = update.since - timedelta(minutes=wanted["Minutes"])
    around = format_instant(since), format_instant(now)
    try:
        endpoint = sagemaker.describe_endpoint(name)
    except NotFound:
        return _unknown(f"The endpoint {name} was deleted while its traffic was analyzed.", around)
    if endpoint["EndpointConfigName"] != update.new_config:
        other = endpoint["EndpointConfigName"]
        return _unknown(f"The endpoint {name} was updated to {other} while its traffic was analyzed.", around)
    names = [variant["VariantName"] for variant in endpoint["ProductionVariants"]]
    keys = [(variant, config) for variant in names for config in (update.old_config, update.new_config)]
    asked = [metric for variant, config in keys for metric in _metrics(name, variant, config)]
    values = iter(fleet_metrics(asked, since, now))
    fleets = {key: _fleet(key[1], values) for key in keys}
    variants = [
        _compared(one, fleets[one, update.old_config], fleets[one, update.new_config], wanted["MinInvocations"])
        for one in names
    ]
    verdicts = {variant["Verdict"] for variant in variants}
    verdict = next((one for one in (FAILED, INCONCLUSIVE) if one in verdicts), SUCCESSFUL)
    reasons = "; ".join(f"{one['VariantName']}: {one['Message']}" for one in variants if one["Verdict"] == verdict)
    message = _message(name, verdict, reasons)
    return TrafficAnalysis(Verdict=verdict, Message=message, Since=around[0], Until=around[1], Variants=variants)


def _unknown(message: str, around: tuple[str, str]) -> TrafficAnalysis:
    return TrafficAnalysis(Verdict=INCONCLUSIVE, Message=message, Since=around[0], Until=around[1], Variants=[])


def _message(name: str, verdict: str, reasons: str) -> str:
    if verdict == SUCCESSFUL:
        return ""
    said = "answers worse than before" if verdict == FAILED else "cannot be compared with the version before"
    return f"The endpoint {name} {said}; {reasons}."


def _metrics(endpoint: str, variant: str, config: str) -> Iterator[FleetMetric]:
    dimensions = {"EndpointName": endpoint, "VariantName": variant, "EndpointConfigName": config}
    yield from (FleetMetric(metric, "Sum", dimensions) for metric in COUNTS.values())
    yield from (FleetMetric("ModelLatency", statistic, dimensions) for statistic in LATENCIES.values())


def _fleet(config: str, values: Iterator[list[float]]) -> Fleet:
    counts = {field: round(sum(next(values))) for field in COUNTS}
    minutes = {field: next(values) for field in LATENCIES}
    latencies = {field: round(median(found) / 1000, 1) if found else None for field, found in minutes.items()}
    return cast("Fleet", {"EndpointConfigName": config, **counts, **latencies})


def _compared(variant: str, old: Fleet, new: Fleet, min_invocations: int) -> VariantAnalysis:
    verdict, message = _verdict(old, new, min_invocations)
    return VariantAnalysis(VariantName=variant, Verdict=verdict, Message=message, Old=old, New=new)


def _verdict(old: Fleet, new: Fleet, min_invocations: int) -> tuple[str, str]:
    if new["Invocations"] < min_invocations:
        return INCONCLUSIVE, f"the new version had {new['Invocations']} invocations, and {min_invocations} are needed"
    is_old_known = old["Invocations"] >= min_invocations
    worse = [*_more_errors(old if is_old_known else None, new), *(_slower(old, new) if is_old_known else ())]
    if worse:
        return FAILED, ", ".join(worse)
    if not is_old_known:
        return INCONCLUSIVE, f"the old version had {old['Invocations']} invocations, and {min_invocations} are needed"
    return SUCCESSFUL, ""


def _more_errors(old: Fleet | None, new: Fleet) -> Iterator[str]:
    for field, words in DECISIVE.items():
        before = None if old is None else old[field] / old["Invocations"]  # type: ignore[literal-required]
        limit, found = max_error_ratio(before), new[field] / new["Invocations"]  # type: ignore[literal-required]
        if found > limit:
            yield f"{found:.1%} {words}, more than the limit of {limit:.1%}"


def _slower(old: Fleet, new: Fleet) -> Iterator[str]:
    before, found = old["P95LatencyMs"], new["P95LatencyMs"]
    if before is None or found is None:
        return
    limit = max_latency(before * 1000) / 1000
    if found > limit:
        yield f"a 95th percentile of {found:,.0f} ms, more than the limit of {limit:,.0f} ms"
