"""AWS's ranges and exclusions of DeploymentConfig, and how long its traffic shifting takes.

The rules are those of the deployment guardrails documentation; the texts are ours, in AWS's form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from slipway_local.sagemaker.errors import refused

# Percent of a variant's instances, minimum and maximum.
_SIZES = {"CanarySize": (0, 50), "LinearStepSize": (10, 50), "MaximumBatchSize": (5, 50)}
_STEP_OF = {"ALL_AT_ONCE": None, "CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
Variants = Sequence[Mapping[str, Any]]


def check_deployment_config(config: Mapping[str, Any], new: Variants, old: Variants | None) -> None:
    """Raise `SageMakerError` for the first rule that is broken.

    `new` and `old` are the ProductionVariants of the two configurations; `old` is None at creation.
    """
    blue_green, rolling = config.get("BlueGreenUpdatePolicy"), config.get("RollingUpdatePolicy")
    if blue_green and rolling:
        raise refused("DeploymentConfig can have BlueGreenUpdatePolicy or RollingUpdatePolicy, not both.")
    if old is not None and {v["VariantName"] for v in new} != {v["VariantName"] for v in old}:
        raise refused("With a DeploymentConfig, the variant names of both endpoint configurations must match.")
    if is_ignored(new):
        return
    if rolling:
        _check_rolling(rolling, new)
    if blue_green:
        _check_blue_green(blue_green, new)


def is_ignored(variants: Variants) -> bool:
    """Say whether SageMaker ignores a DeploymentConfig: Inf1 instances are updated all at once, without baking.

    DG "Deployment guardrails": exclusions.
    """
    return any(str(variant.get("InstanceType", "")).startswith("ml.inf1.") for variant in variants)


def _check_rolling(policy: Mapping[str, Any], variants: Variants) -> None:
    if len(variants) > 1 or "ServerlessConfig" in variants[0]:
        raise refused("RollingUpdatePolicy is not supported for serverless or multi-variant endpoints.")
    _check_size("MaximumBatchSize", policy["MaximumBatchSize"], variants)
    _check_timeout(policy, _rolling_seconds(policy, variants))


def _check_blue_green(policy: Mapping[str, Any], variants: Variants) -> None:
    routing = policy["TrafficRoutingConfiguration"]
    wanted = _STEP_OF[routing["Type"]]
    for step in ("CanarySize", "LinearStepSize"):
        if (step in routing) != (step == wanted):
            verb = "needs" if step == wanted else "cannot have"
            raise refused(f"TrafficRoutingConfiguration of type {routing['Type']} {verb} {step}.")
    if wanted:
        _check_size(wanted, routing[wanted], variants)
    shifting, baking = _blue_green_seconds(policy, variants)
    _check_timeout(policy, shifting + baking)


def _check_size(name: str, size: Mapping[str, Any], variants: Variants) -> None:
    minimum, maximum = _SIZES[name]
    for variant in variants:
        percent = _percent(size, variant)
        if not minimum <= percent <= maximum:
            raise refused(
                f"{name} must be between {minimum}% and {maximum}% of the variant's total instance count; it is "
                f'{percent:g}% of production variant "{variant["VariantName"]}".'
            )


def _percent(size: Mapping[str, Any], variant: Mapping[str, Any]) -> float:
    """Return the share that a size really moves: never less than one instance."""
    total = variant.get("InitialInstanceCount", 1)
    if "ServerlessConfig" in variant:
        return float(size["Value"])
    if size["Type"] == "INSTANCE_COUNT":
        return 100.0 * float(size["Value"]) / float(total)
    return float(max(size["Value"], 100.0 / total))


def _check_timeout(policy: Mapping[str, Any], waits: float) -> None:
    limit = policy.get("MaximumExecutionTimeoutInSeconds")
    if limit is not None and limit <= waits:
        raise refused(f"MaximumExecutionTimeoutInSeconds ({limit}) must exceed the sum of the waits ({waits:g}).")


def shifting_seconds(config: Mapping[str, Any] | None, variants: Variants) -> tuple[float, float]:
    """Return how long traffic takes to move to the new fleet, and how long the old one is kept afterwards."""
    if config and "RollingUpdatePolicy" in config:
        return _rolling_seconds(config["RollingUpdatePolicy"], variants), 0.0
    if config and "BlueGreenUpdatePolicy" in config:
        return _blue_green_seconds(config["BlueGreenUpdatePolicy"], variants)
    return 0.0, 0.0


def _rolling_seconds(policy: Mapping[str, Any], variants: Variants) -> float:
    percent = max(_percent(policy["MaximumBatchSize"], variant) for variant in variants)
    return float(math.ceil(100.0 / percent) * policy["WaitIntervalInSeconds"])


def _blue_green_seconds(policy: Mapping[str, Any], variants: Variants) -> tuple[float, float]:
    routing = policy["TrafficRoutingConfiguration"]
    steps = {"ALL_AT_ONCE": 0, "CANARY": 1}.get(routing["Type"])
    if steps is None:
        percent = min(_percent(routing["LinearStepSize"], variant) for variant in variants)
        steps = math.ceil(100.0 / percent) - 1
    return float(steps * routing["WaitIntervalInSeconds"]), float(policy.get("TerminationWaitInSeconds", 0))
