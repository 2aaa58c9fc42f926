"""Refusals that AWS's documentation states in a sentence and no shape enforces.

Each function quotes its source. The texts are AWS's where a public report has them; otherwise they are ours, in its
form. Nothing here is shared with the deployment contract: it is the other reading of the same sentences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from slipway.images import accounts_of_aws
from slipway_local.sagemaker.errors import already_existing, refused

Request = Mapping[str, Any]
MAX_BYTES = 1024
MAX_MAP_BYTES = 32 * 1024
PUBLISH_FREQUENCIES = (10, 30, 60, 120, 180, 240, 300)  # API, MetricsConfig.MetricPublishFrequencyInSeconds
# The member is absent for these in the SageMaker SDK (`volume_size_supported`) and refused by AWS (autogluon-cloud
# pull request 50, sagemaker-python-sdk pull request 4828).
LOCAL_DISKS = re.compile(r"ml\.(?:[a-z0-9-]*d[a-z0-9-]*|(?:g5|g6|g7e|p5|p6-b200|trn1|trn2)[a-z0-9-]*)\..*")


GPU_IMAGE = re.compile(r".*[:-]gpu\b.*")  # how AWS names the images that need a GPU


def check_environments(containers: Iterable[Request]) -> None:
    """Check a key or value for 1,024 bytes, all containers' maps for 32 KB (API, ContainerDefinition.Environment)."""
    total = 0
    for container in containers:
        for key, value in container.get("Environment", {}).items():
            for text in (key, value):
                if len(text.encode()) > MAX_BYTES:
                    raise refused(f"Environment keys and values must have at most {MAX_BYTES} bytes.")
                total += len(text.encode())
    if total > MAX_MAP_BYTES:
        raise refused("The environment maps of all containers together must have at most 32 KB.")


def check_containers(request: Request, containers: Collection[Request]) -> None:
    """Check the names and the modes of a model's containers.

    API, ContainerDefinition.ContainerHostname: "If you specify a value for the ContainerHostName for any container ...
    you must specify a value for the ContainerHostName parameter of every container in the pipeline". DG "Create a
    multi-container endpoint": Direct needs a unique name of each. OElesin/sagemaker-autopilot-step-functions issue 10
    has the text about multi-model containers; the others are ours.
    """
    for container in containers:
        if container.get("Mode") == "MultiModel":
            _check_multi_model(container)
    is_direct = request.get("InferenceExecutionConfig", {}).get("Mode") == "Direct"
    if "PrimaryContainer" in request:
        if is_direct:
            raise refused("InferenceExecutionConfig with Mode Direct requires Containers.")
        return
    names = [container["ContainerHostname"] for container in containers if "ContainerHostname" in container]
    if (names or is_direct) and len(names) < len(containers):
        raise refused("ContainerHostname must be specified for every container, or for none of an inference pipeline.")
    if len(set(names)) < len(names):
        raise refused(f"Every ContainerHostname must be unique within a model; got {names}.")
    if sum(container.get("Mode") == "MultiModel" for container in containers) > 1:
        raise refused("More than one container in MultiModel mode is not supported with inference pipeline.")


def _check_multi_model(container: Request) -> None:
    # DG "Create a Multi-Model Endpoint": ModelDataUrl is the prefix. API, ContainerDefinition.ModelDataSource: not "in
    # conjunction with ... multi-model endpoints".
    if "ModelDataSource" in container:
        raise refused("ModelDataSource is not supported with a container in MultiModel mode.")
    if not str(container.get("ModelDataUrl", "")).endswith("/"):
        raise refused("A container in MultiModel mode requires a ModelDataUrl that is a prefix, which ends with /.")


def check_endpoint_config(request: Request, models: Callable[[str], Request], region: str, account_id: str) -> None:
    """Check a CreateEndpointConfig request; `models` returns the CreateModel request of a model."""
    seconds = request.get("MetricsConfig", {}).get("MetricPublishFrequencyInSeconds", 60)
    if seconds not in PUBLISH_FREQUENCIES:
        raise refused("MetricPublishFrequencyInSeconds must be one of 10, 30, 60, 120, 180, 240 and 300.")
    for variant in request["ProductionVariants"]:
        _check_volume(variant)
        _check_routing(variant.get("RoutingConfig", {}))
        if "ServerlessConfig" in variant:
            _check_serverless(request, models(variant["ModelName"]), region, account_id)


def _check_volume(variant: Request) -> None:
    if "VolumeSizeInGB" in variant and any(map(LOCAL_DISKS.fullmatch, _types(variant))):
        raise refused("VolumeSize parameter is not allowed for the selected Instance type")


def _check_routing(routing: Request) -> None:
    # API, ProductionVariantRoutingConfig.PrefixAwareRoutingConfig ("Specify this parameter only when you set
    # RoutingStrategy to PREFIX_AWARE") and PrefixAwareRoutingConfig ("Required when RoutingStrategy is PREFIX_AWARE").
    members = routing.get("PrefixAwareRoutingConfig", {}).keys()
    if routing.get("RoutingStrategy") == "PREFIX_AWARE" and members != {"PrefixLength", "ConcurrencyThreshold"}:
        raise refused("PREFIX_AWARE routing requires PrefixLength and ConcurrencyThreshold.")
    if routing.get("RoutingStrategy") != "PREFIX_AWARE" and "PrefixAwareRoutingConfig" in routing:
        raise refused("PrefixAwareRoutingConfig requires the RoutingStrategy PREFIX_AWARE.")


def _check_serverless(request: Request, model: Request, region: str, account_id: str) -> None:
    # DG "Deploy models with Amazon SageMaker Serverless Inference": feature exclusions, Regions. API,
    # ContainerDefinition.ModelDataSource: "Currently you cannot use ModelDataSource in conjunction with ... serverless
    # endpoints". Which operation refuses the latter is not documented.
    containers = model.get("Containers") or [model.get("PrimaryContainer", {})]
    images = [str(container.get("Image")) for container in containers]
    found = {
        "the China Regions": region.startswith("cn-"),
        "more than one production variant": len(request["ProductionVariants"]) > 1,
        "DataCaptureConfig": "DataCaptureConfig" in request,
        "AsyncInferenceConfig": "AsyncInferenceConfig" in request,
        "a model with VpcConfig": "VpcConfig" in model,
        "a model with EnableNetworkIsolation": bool(model.get("EnableNetworkIsolation")),
        "an inference pipeline": len(containers) > 1,
        "a multi-model container": any(one.get("Mode") == "MultiModel" for one in containers),
        # The same page, container support: an image of one's own is in a repository of the same account.
        "an image of another account": any(
            _is_foreign(str(one.get("Image")), region, account_id) for one in containers
        ),
        "a GPU image": any(map(GPU_IMAGE.fullmatch, images)),
        "ModelDataSource": any("ModelDataSource" in one or "AdditionalModelDataSources" in one for one in containers),
    }
    for what, applies in found.items():
        if applies:
            raise refused(f"Serverless inference is not supported with {what}.")


def _is_foreign(image: str, region: str, account_id: str) -> bool:
    account = image.partition(".dkr.ecr")[0]
    return account not in {image, account_id, *accounts_of_aws(region)}


def check_asynchronous(config: Request, models: Iterable[Collection[Request]]) -> None:
    """Check that an asynchronous endpoint has one variant on instances, with one container, and captures no data.

    DG "Supported features". CreateEndpoint refuses it, with this text (boto3 issue 4275). `models` are the containers
    of each model.
    """
    variants = config["ProductionVariants"]
    is_several = any(len(containers) > 1 or next(iter(containers)).get("Mode") == "MultiModel" for containers in models)
    excluded = len(variants) > 1 or is_several or "ServerlessConfig" in variants[0] or "DataCaptureConfig" in config
    if "AsyncInferenceConfig" in config and excluded:
        raise refused("One or more endpoint features are not supported using this configuration.")


def check_case(name: str, existing: Iterable[tuple[str, str]]) -> None:
    """Check that no endpoint has the name in another case (API, CreateEndpoint); `existing` has the ARNs."""
    for other, arn in existing:
        if other.lower() == name.lower():
            raise already_existing("endpoint", arn)


def check_update(current: Request, wanted: Request) -> None:
    """Check the kinds of hosting of the configurations of an UpdateEndpoint.

    sagemaker-python-sdk pull request 3124 has the text about AsyncInferenceConfig; DG "Update a serverless endpoint"
    states the rule about serverless. The way from real-time to asynchronous is not documented, and is refused.
    """
    if "AsyncInferenceConfig" in current and "AsyncInferenceConfig" not in wanted:
        raise refused("The AsyncInferenceConfig parameter cannot be removed from this endpoint.")
    if "AsyncInferenceConfig" in wanted and "AsyncInferenceConfig" not in current:
        raise refused("The AsyncInferenceConfig parameter cannot be added to this endpoint.")
    if _is_of_components(wanted) != _is_of_components(current):
        # No text says that an endpoint changes between the two, and none that it does not.
        raise refused("Updating an endpoint between models and inference components is not supported.")
    if _is_of_components(current) and _all_types(wanted) != _all_types(current):
        # sample-auto-extract-ai-ocr-app pull request 66 has the text.
        raise refused(
            "Cannot update endpoint with a different instance type for endpoints to which you plan to deploy Inference "
            "Components."
        )
    if _is_serverless(wanted) and not _is_serverless(current):
        raise refused("Updating a real-time inference endpoint to a serverless endpoint is not supported.")


def check_scaled(current: Request, wanted: Request, scaled: Collection[str]) -> None:
    """Check that an update changes no instance type of a scaled variant, and removes none.

    DG "Update endpoints that use automatic scaling": "If the update would change the instance type for any model that
    is a target for automatic scaling, the update fails". The words of the refusal are ours.
    """
    types = {variant["VariantName"]: _types(variant) for variant in wanted["ProductionVariants"]}
    for variant in current["ProductionVariants"]:
        name = variant["VariantName"]
        if name in scaled and types.get(name) != _types(variant):
            raise refused(
                f'Production variant "{name}" is a scalable target: its instance type cannot change, and it cannot be '
                "removed, before the target is deregistered."
            )


def _types(variant: Request) -> list[str]:
    return [pool["InstanceType"] for pool in variant.get("InstancePools", [variant]) if "InstanceType" in pool]


def _all_types(config: Request) -> set[str]:
    return {name for variant in config["ProductionVariants"] for name in _types(variant)}


def _is_serverless(config: Request) -> bool:
    return any("ServerlessConfig" in variant for variant in config["ProductionVariants"])


def _is_of_components(config: Request) -> bool:
    return any("ModelName" not in variant for variant in config["ProductionVariants"])
