"""What CreateEndpointConfig asks of production variants beyond their shapes.

AWS publishes these rules, not its words for them; the texts are ours, in its form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway_local.sagemaker.errors import refused

_SERVERLESS_STEP_MB = 1024


def check_variants(params: Mapping[str, Any]) -> None:
    """Raise `SageMakerError` for the first rule that the variants break."""
    shadows = params.get("ShadowProductionVariants", [])
    if shadows and (len(shadows) > 1 or len(params["ProductionVariants"]) > 1):
        raise refused("An endpoint configuration with a shadow variant must have one variant of each kind.")
    if shadows and "AsyncInferenceConfig" in params:
        raise refused("An asynchronous endpoint cannot have ShadowProductionVariants.")
    variants = [*params["ProductionVariants"], *shadows]
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) < len(names):
        raise refused(f"Every VariantName must be unique within an endpoint configuration; got {names}.")
    _check_models(params, variants)
    for variant in variants:
        _check_variant(variant)


def _check_models(params: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]) -> None:
    """Check that each variant has a model, or all are for inference components.

    API, ProductionVariant.ModelName, and CreateEndpointConfig.ExecutionRoleArn: required for those.
    """
    without = [variant for variant in variants if "ModelName" not in variant]
    if not without:
        return
    name = without[0]["VariantName"]
    if "ExecutionRoleArn" not in params:
        raise refused(f'Production variant "{name}" needs a ModelName, or the configuration an ExecutionRoleArn.')
    others = [kind for kind in ("ShadowProductionVariants", "AsyncInferenceConfig") if kind in params]
    others += ["ServerlessConfig" for variant in without if "ServerlessConfig" in variant]
    others += ["ModelName" for variant in variants if "ModelName" in variant]
    if others:
        raise refused(f'Production variant "{name}" is for inference components, which {others[0]} excludes.')


def _check_variant(variant: Mapping[str, Any]) -> None:
    name = variant["VariantName"]
    hosting = [kind for kind in ("InstanceType", "InstancePools", "ServerlessConfig") if kind in variant]
    if len(hosting) != 1:
        given = " and ".join(hosting) or "none"
        raise refused(
            f'Production variant "{name}" must have exactly one of InstanceType, InstancePools and '
            f"ServerlessConfig; it has {given}."
        )
    check = {"InstanceType": _check_count, "InstancePools": _check_pools, "ServerlessConfig": _check_serverless}
    check[hosting[0]](variant)


def _check_count(variant: Mapping[str, Any]) -> None:
    if "ManagedInstanceScaling" in variant and "ModelName" in variant:
        # AWS's words (terraform-provider-aws pull request 45926).
        raise refused("ManagedInstanceScaling is only supported for inference component endpoints.")
    if "InitialInstanceCount" not in variant:
        raise refused(f'Production variant "{variant["VariantName"]}" needs an InitialInstanceCount.')


def _check_pools(variant: Mapping[str, Any]) -> None:
    _check_count(variant)
    pools = variant["InstancePools"]
    for member in ("Priority", "InstanceType"):
        values = [pool[member] for pool in pools]
        if len(set(values)) < len(values):
            raise refused(f"Every {member} in InstancePools must be unique; got {values}.")


def _check_serverless(variant: Mapping[str, Any]) -> None:
    name, config = variant["VariantName"], variant["ServerlessConfig"]
    for member in ("InitialInstanceCount", "VolumeSizeInGB"):
        if member in variant:
            raise refused(f'Serverless production variant "{name}" cannot have {member}.')
    if config["MemorySizeInMB"] % _SERVERLESS_STEP_MB:
        raise refused("MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120 and 6144.")
    check_concurrency(config)


def check_concurrency(config: Mapping[str, Any]) -> None:
    """Raise `SageMakerError` if more concurrency is provisioned than allowed at all."""
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise refused("ProvisionedConcurrency must be less than or equal to MaxConcurrency.")
