"""From which value on a version answers worse than the one before: for managed alarms, and for the traffic analysis.

A version has degraded when a metric is both above a floor and above `TIMES` what it was. The floor of errors is that of
Argo Rollouts' example ("Analysis & Progressive Delivery": successCondition result[0] >= 0.95); `TIMES` and
the floor of latency are Slipway's own choice.
"""

from __future__ import annotations

TIMES = 2.0
MIN_ERROR_RATIO = 0.05
MIN_SLOWER = 100_000.0  # microseconds


def max_error_ratio(before: float | None) -> float:
    """Return the largest ratio of errors that is no degradation, given what it was; None where none was measured."""
    return max(MIN_ERROR_RATIO, TIMES * (before or 0.0))


def max_latency(before: float) -> float:
    """Return the longest latency that is no degradation, given what it was, in microseconds."""
    return max(TIMES * before, before + MIN_SLOWER)
