"""DescribeEndpoint's answer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from slipway_local.sagemaker.records import Deployment, Endpoint, Variant

_COPIED = ("ManagedInstanceScaling", "RoutingConfig")


def describe(endpoint: Endpoint) -> dict[str, Any]:
    """Return every field of DescribeEndpoint that has a value; times are epoch seconds.

    While Updating, EndpointConfigName is the old configuration and PendingDeploymentSummary names the new.
    """
    answer: dict[str, Any] = {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.config.name,
        "ProductionVariants": [_deployed_summary(endpoint, v) for v in endpoint.variants if not v.is_shadow],
        "EndpointStatus": endpoint.status,
        "CreationTime": endpoint.created.timestamp(),
        "LastModifiedTime": endpoint.modified.timestamp(),
    }
    optional = {
        "ShadowProductionVariants": [_deployed_summary(endpoint, v) for v in endpoint.variants if v.is_shadow] or None,
        "FailureReason": endpoint.failure_reason,
        "DataCaptureConfig": _data_capture(endpoint),
        "LastDeploymentConfig": endpoint.last_deployment_config,
        "PendingDeploymentSummary": _pending(endpoint.deployment),
    }
    copied = {name: endpoint.config.request.get(name) for name in ("AsyncInferenceConfig", "ExplainerConfig")}
    return answer | {name: value for name, value in (optional | copied).items() if value is not None}


def _pending(deployment: Deployment | None) -> dict[str, Any] | None:
    if deployment is None or not deployment.is_update:
        return None
    shadows = [_pending_summary(deployment, variant) for variant in deployment.variants if variant.is_shadow]
    return {
        "EndpointConfigName": deployment.config.name,
        "ProductionVariants": [_pending_summary(deployment, v) for v in deployment.variants if not v.is_shadow],
        "StartTime": deployment.started.timestamp(),
    } | ({"ShadowProductionVariants": shadows} if shadows else {})


def _pending_summary(deployment: Deployment, variant: Variant) -> dict[str, Any]:
    instance_type = variant.request.get("InstanceType")
    shown = {"InstanceType": instance_type} if instance_type else {}
    return _summary(variant) | shown | {"VariantStatus": [_stage(deployment)]}


def _deployed_summary(endpoint: Endpoint, variant: Variant) -> dict[str, Any]:
    deployment = endpoint.deployment
    creating = deployment is not None and not deployment.is_update
    return _summary(variant) | ({"VariantStatus": [_stage(deployment)]} if deployment and creating else {})


def _stage(deployment: Deployment) -> dict[str, Any]:
    message = {"StatusMessage": deployment.stage_message} if deployment.stage_message else {}
    return {"Status": deployment.stage, "StartTime": deployment.stage_started.timestamp()} | message


def _summary(variant: Variant) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "VariantName": variant.name,
        "DeployedImages": [_image(variant, image) for image in variant.images],
        "CurrentWeight": variant.current_weight,
        "DesiredWeight": variant.desired_weight,
        "CurrentInstanceCount": variant.current_count,
    }
    if variant.serverless is None:
        shown["DesiredInstanceCount"] = variant.desired_count
    else:
        shown["DesiredServerlessConfig"] = dict(variant.serverless)
    if variant.current_serverless is not None:
        shown["CurrentServerlessConfig"] = dict(variant.current_serverless)
    if "InstancePools" in variant.request:
        shown["InstancePools"] = _pools(variant)
    return shown | {name: variant.request[name] for name in _COPIED if name in variant.request}


def _pools(variant: Variant) -> list[dict[str, Any]]:
    return [
        {
            "InstanceType": pool["InstanceType"],
            "CurrentInstanceCount": variant.current_count if pool["InstanceType"] == variant.instance_type else 0,
        }
        for pool in variant.request["InstancePools"]
    ]


def _image(variant: Variant, image: str) -> dict[str, Any]:
    """Resolve a tag to a digest; no registry is asked, so the digest is made from the image's name."""
    digest = hashlib.sha256(image.encode()).hexdigest()
    repository = re.sub(r":[^/:]+$", "", image)
    resolved = image if "@" in image else f"{repository}@sha256:{digest}"
    return {
        "SpecifiedImage": image,
        "ResolvedImage": resolved,
        "ResolutionTime": variant.resolved.timestamp(),
    }


def _data_capture(endpoint: Endpoint) -> Mapping[str, Any] | None:
    config = endpoint.data_capture
    if config is None:
        return None
    enabled = config.get("EnableCapture", False)
    running = enabled and endpoint.status == "InService"
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if running else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
