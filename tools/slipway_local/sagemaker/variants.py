"""Turns the ProductionVariants of a configuration into variants that can be started."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slipway_local.ports import ContainerSpec, ModelData
from slipway_local.sagemaker.models import model_data_uri
from slipway_local.sagemaker.records import Endpoint, EndpointConfig, Model, Variant
from slipway_local.sagemaker.tables import Tables


@dataclass(frozen=True)
class Retained:
    """What an update keeps of the old variants (RetainAllVariantProperties less what it excludes)."""

    weights: bool = False
    counts: bool = False
    data_capture: bool = False


def retained_of(params: Mapping[str, Any]) -> Retained:
    """Read the two Retain fields of an UpdateEndpoint request."""
    if not params.get("RetainAllVariantProperties", False):
        return Retained()
    excluded = {item["VariantPropertyType"] for item in params.get("ExcludeRetainedVariantProperties", [])}
    return Retained(
        weights="DesiredWeight" not in excluded,
        counts="DesiredInstanceCount" not in excluded,
        data_capture="DataCaptureConfig" not in excluded,
    )


def variants_of(tables: Tables, endpoint_name: str, config: EndpointConfig, now: datetime) -> list[Variant]:
    """Return the variants of a configuration, nothing started yet. Raises `SageMakerError` for a missing model."""
    production = [_variant(tables, endpoint_name, request, now) for request in config.request["ProductionVariants"]]
    shadows = config.request.get("ShadowProductionVariants", [])
    return production + [replace(_variant(tables, endpoint_name, each, now), is_shadow=True) for each in shadows]


def retain(variants: list[Variant], endpoint: Endpoint, kept: Retained) -> None:
    """Give new variants the desired weight and size of the old ones of the same name."""
    old = {variant.name: variant for variant in endpoint.variants}
    for variant in variants:
        if variant.name not in old:
            continue
        if kept.weights:
            variant.desired_weight = old[variant.name].desired_weight
        if kept.counts:
            variant.desired_count = old[variant.name].desired_count


def _variant(tables: Tables, endpoint_name: str, request: Mapping[str, Any], now: datetime) -> Variant:
    instance_id = f"i-{uuid.uuid4().hex[:17]}"
    choices = [(instance_type, tables.models.find(model_name)) for instance_type, model_name in _choices(request)]
    specs = tuple((type_, _spec(endpoint_name, request, instance_id, model, type_)) for type_, model in choices)
    serverless = request.get("ServerlessConfig")
    return Variant(
        request=request,
        specs=specs,
        images=tuple(c["Image"] for c in choices[0][1].containers),
        resolved=now,
        desired_weight=float(request.get("InitialVariantWeight", 1.0)),
        desired_count=0 if serverless else _first_count(request),
        serverless=serverless,
        unsupported=next(filter(None, (_unsupported(model.containers) for _, model in choices)), None),
    )


def _unsupported(containers: Sequence[Mapping[str, Any]]) -> str | None:
    """Say what of a model this engine cannot host, rather than to host something else in its place."""
    source = containers[0].get("ModelDataSource", {}).get("S3DataSource", {})
    what = None
    if len(containers) > 1:
        what = "inference pipelines (more than one container)"
    elif containers[0].get("Mode") == "MultiModel":
        what = "multi-model containers"
    elif source.get("CompressionType") == "None" or source.get("S3DataType") == "S3Prefix":
        what = "uncompressed model data"
    return f"The local SageMaker cannot host {what}." if what else None


def _first_count(request: Mapping[str, Any]) -> int:
    scaling = request.get("ManagedInstanceScaling", {})
    return int(request.get("InitialInstanceCount", scaling.get("MinInstanceCount", 1)))


def _choices(request: Mapping[str, Any]) -> list[tuple[str | None, str]]:
    """Return the instance types to try with their models: InstancePools by Priority, 1 first."""
    pools = sorted(request.get("InstancePools", []), key=lambda pool: int(pool["Priority"]))
    if pools:
        return [(p["InstanceType"], p.get("ModelNameOverride", request["ModelName"])) for p in pools]
    return [(request.get("InstanceType"), request["ModelName"])]


def _spec(
    endpoint_name: str, request: Mapping[str, Any], instance_id: str, model: Model, instance_type: str | None
) -> ContainerSpec:
    container = model.containers[0]
    uri = model_data_uri(container)
    etag = container.get("ModelDataSource", {}).get("S3DataSource", {}).get("ETag")
    return ContainerSpec(
        endpoint_name=endpoint_name,
        variant_name=request["VariantName"],
        instance_id=instance_id,
        image=container["Image"],
        model_data=ModelData(uri, etag) if uri else None,
        environment=dict(container.get("Environment", {})),
        model_data_download_timeout=float(request.get("ModelDataDownloadTimeoutInSeconds", 3600)),
        startup_health_check_timeout=float(request.get("ContainerStartupHealthCheckTimeoutInSeconds", 480)),
        instance_type=instance_type,
        memory_size_in_mb=request.get("ServerlessConfig", {}).get("MemorySizeInMB"),
        role_arn=model.request.get("ExecutionRoleArn"),
    )
