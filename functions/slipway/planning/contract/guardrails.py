"""DeploymentConfig: AWS's ranges and exclusions of deployment guardrails, checked before anything is created.

Ranges of single fields are the schema's. What fields say together is here: sizes as a share of the fleet, steps that
go with their kind of traffic shifting, and waits that add up (SageMaker API reference, TrafficRoutingConfig,
CapacitySize and RollingUpdatePolicy; developer guide, "Deployment guardrails": exclusions).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from slipway.errors import DeploymentConfigInvalid

Document = Mapping[str, Any]

BLUE_GREEN, ROLLING = "BlueGreenUpdatePolicy", "RollingUpdatePolicy"
# Percent of the fleet, least and most.
SHARES = {"CanarySize": (0, 50), "LinearStepSize": (10, 50), "MaximumBatchSize": (5, 50)}
STEPS = {"ALL_AT_ONCE": None, "CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
MAX_SHARE = 50.0
MAX_ALARMS, MANAGED = 10, 3  # of an update (API reference, AutoRollbackConfig.Alarms); of a variant
EXCLUDED_FAMILY = "ml.inf1."


def check_deployment_config(document: Document) -> None:
    """Check a deployment's DeploymentConfig. Raises `DeploymentConfigInvalid`."""
    config: Document = document.get("DeploymentConfig", {})
    if not config:
        return
    if BLUE_GREEN in config and ROLLING in config:
        raise _invalid(f"{BLUE_GREEN} and {ROLLING} exclude each other: keep one of them")
    if config.get("ManagedAlarms"):
        _check_managed_alarms(config, document)
    _check_hosting(config, document)
    if ROLLING in config:
        _check_rolling(config[ROLLING], document)
    if BLUE_GREEN in config:
        _check_blue_green(config[BLUE_GREEN], document)


def _check_managed_alarms(config: Document, document: Document) -> None:
    if "AsyncInferenceConfig" in document:
        raise _invalid("ManagedAlarms is not for asynchronous endpoints, which count no invocations: remove it")
    listed = len(config.get("AutoRollbackConfiguration", {}).get("Alarms", []))
    managed = MANAGED * len(document.get("ProductionVariants", [document]))
    if listed + managed > MAX_ALARMS:
        raise _invalid(
            f"ManagedAlarms creates {managed} alarms, {MANAGED} for each variant, and AutoRollbackConfiguration has "
            f"{listed}, but SageMaker watches at most {MAX_ALARMS} in an update: remove some, or ManagedAlarms"
        )


def _check_hosting(config: Document, document: Document) -> None:
    if ROLLING in config and "ServerlessConfig" in document:
        raise _invalid(f"{ROLLING} is not for serverless endpoints: use {BLUE_GREEN}, or remove ServerlessConfig")
    pools = document.get("InstancePools", [document])
    excluded = [pool["InstanceType"] for pool in pools if pool.get("InstanceType", "").startswith(EXCLUDED_FAMILY)]
    if excluded:
        raise _invalid(f"deployment guardrails are not for {excluded[0]}: remove it, or use another InstanceType")


def _check_rolling(policy: Document, document: Document) -> None:
    share = _checked_share("MaximumBatchSize", policy["MaximumBatchSize"], document, f"{ROLLING}.MaximumBatchSize")
    batches = math.ceil(100.0 / share)
    _check_timeout(policy, batches * int(policy["WaitIntervalInSeconds"]), ROLLING)


def _check_blue_green(policy: Document, document: Document) -> None:
    routing: Document = policy["TrafficRoutingConfiguration"]
    kind, where = routing["Type"], f"{BLUE_GREEN}.TrafficRoutingConfiguration"
    wanted = STEPS[kind]
    for step in filter(None, STEPS.values()):
        if step in routing and step != wanted:
            raise _invalid(f"{where} of Type {kind} has {step}: remove it, or change Type")
    if wanted and wanted not in routing:
        raise _invalid(
            f'{where} of Type {kind} lacks {wanted}: add it, for example {{"Type": "CAPACITY_PERCENT", "Value": 25}}'
        )
    steps = 0
    if wanted:
        share = _checked_share(wanted, routing[wanted], document, f"{where}.{wanted}")
        steps = 1 if kind == "CANARY" else math.ceil(100.0 / share) - 1
    waits = steps * int(routing["WaitIntervalInSeconds"]) + int(policy.get("TerminationWaitInSeconds", 0))
    _check_timeout(policy, waits, BLUE_GREEN)


def _checked_share(name: str, size: Document, document: Document, where: str) -> float:
    """Return the percent of the fleet that a step moves; the largest it may be where the fleet is not known."""
    least, most = SHARES[name]
    count = _instances(document)
    share = _share(size, count)
    if least <= share <= most:
        return share if _is_exact(document) else MAX_SHARE
    if share < least and not _is_exact(document):
        return MAX_SHARE  # one instance is the least that is moved, and may be more than that
    bounds = f"at most {most} %" if not least else f"between {least} and {most} %"
    if count == 1:
        raise _invalid(
            f"{where} must be {bounds} of the fleet, which one instance does not allow: set InitialInstanceCount to at "
            "least 2, or shift traffic ALL_AT_ONCE"
        )
    of = f"of {count} instances" if count else "of the fleet"
    raise _invalid(f"{where} comes to {share:g} % {of}, but must be {bounds}: change its Value")


def _share(size: Document, count: int) -> float:
    if size["Type"] == "CAPACITY_PERCENT":
        return max(float(size["Value"]), 100.0 / count if count else 0.0)
    return 100.0 * float(size["Value"]) / count if count else 0.0


def _instances(document: Document) -> int:
    """Return how many instances there are; 0 where that is not known, or there are none."""
    # A redeployed configuration has its own, and a scaled endpoint what it has then.
    if {"ServerlessConfig", "EndpointConfigName", "AutoScaling"} & document.keys():
        return 0
    return int(document.get("InitialInstanceCount", 1))


def _is_exact(document: Document) -> bool:
    return not {"EndpointConfigName", "AutoScaling"} & document.keys()


def _check_timeout(policy: Document, waits: int, where: str) -> None:
    limit = policy.get("MaximumExecutionTimeoutInSeconds")
    if limit is not None and limit <= waits:
        raise _invalid(
            f"{where}.MaximumExecutionTimeoutInSeconds is {limit}, but the waits alone take {waits} s: set it higher, "
            "or the waits or the number of steps lower"
        )


def _invalid(sentence: str) -> DeploymentConfigInvalid:
    return DeploymentConfigInvalid(f"DeploymentConfig: {sentence}.")
