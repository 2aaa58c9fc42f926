"""The requests a plan makes of SageMaker. Pure: a plan and what was resolved go in, request fields come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway.deployment.names import content_addressed_name
from slipway.deployment.parts import VARIANT_NAME, models_of_plan, parts_of, results_of, variants_of
from slipway.deployment.plan import MULTI_MODEL, Artifact, Plan, PlannedImage, artifact_uri, is_multi_model, is_prefix

STARTUP_PARAMETERS = ("ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds")


def model_requests(plan: Plan, image: PlannedImage, artifact: Artifact, role_arn: str) -> list[dict[str, Any] | None]:
    """Return the CreateModel request of each variant or inference component, None for a model that exists."""
    images, artifacts = results_of(plan, image), results_of(plan, artifact)
    return [
        None if "ModelName" in variant else model_request(variant, one, found, role_arn)
        for variant, one, found in zip(models_of_plan(plan), images, artifacts, strict=True)
    ]


def model_names(plan: Plan, requests: Sequence[Mapping[str, Any] | None]) -> list[str]:
    """Return the name of each model."""
    pairs = zip(models_of_plan(plan), requests, strict=True)
    return [str(request["ModelName"]) if request else variant["ModelName"] for variant, request in pairs]


def model_request(plan: Plan, image: PlannedImage, artifact: Artifact, role_arn: str) -> dict[str, Any]:
    """Return the CreateModel request, without tags, under its content-addressed name.

    The archive is named by its ETag: another upload under the same key makes another model. A model package brings
    image, archive and environment itself, and some images load their model themselves.
    """
    rest = {name: value for name, value in plan.get("Model", {}).items() if name != "Environment"}
    if parts := parts_of(plan):
        return _request_of_several(parts, image, artifact, {"ExecutionRoleArn": role_arn, **rest})
    container = _container_of(plan, image["ImageUri"], artifact)
    content = {"PrimaryContainer": container, "ExecutionRoleArn": role_arn, **rest}
    if below := _below_prefixes(plan, artifact):
        return {"ModelName": content_addressed_name(plan["EndpointName"], {**content, **below}), **content}
    without_source = _without_model_data_source(plan)
    if without_source and "ModelDataSource" in container:
        # Serverless endpoints and batch transform take no ModelDataSource (API reference, ContainerDefinition). The
        # name is derived from the archive's ETag all the same, which ModelDataUrl does not carry.
        name = content_addressed_name(plan["EndpointName"], {**content, without_source: True})
        return {"ModelName": name, **content, "PrimaryContainer": _by_url(container)}
    return {"ModelName": content_addressed_name(plan["EndpointName"], content), **content}


def _below_prefixes(plan: Plan, artifact: Artifact) -> dict[str, Any]:
    """Return what SageMaker has no member for, and a model's name is derived from all the same."""
    found: dict[str, Any] = {}
    if is_prefix(artifact) and "ModelPackageArn" not in plan:
        found["Listing"] = artifact["ETag"]
    if additional := _additional_listings(artifact):
        found["AdditionalListings"] = additional
    return found


def _request_of_several(
    parts: Sequence[Plan], image: PlannedImage, artifact: Artifact, rest: dict[str, Any]
) -> dict[str, Any]:
    artifacts = artifact["Parts"]
    containers = []
    for part, found, artifact_of_part in zip(parts, image["Parts"], artifacts, strict=True):
        container = _container_of(part, found["ImageUri"], artifact_of_part)
        if "ContainerHostname" in part:
            container = {"ContainerHostname": part["ContainerHostname"], **container}
        containers.append(container)
    content = {"Containers": containers, **rest}
    listings = [one["ETag"] for one in artifacts if is_prefix(one)]
    listings += [etag for one in artifacts for etag in _additional_listings(one)]
    name = content_addressed_name(parts[0]["EndpointName"], {**content, "Listings": listings})
    return {"ModelName": name, **content}


def _additional_listings(artifact: Artifact) -> list[str]:
    return [one["ETag"] for one in artifact.get("Additional", [])]


def _container_of(plan: Plan, image_uri: str, artifact: Artifact) -> dict[str, Any]:
    environment = plan.get("Model", {}).get("Environment", {})
    if "ModelPackageArn" in plan:
        return _package_container(plan, environment)
    if is_multi_model(plan):
        content = {"Image": image_uri, "Mode": MULTI_MODEL, "ModelDataUrl": artifact_uri(artifact)}
        config = {"MultiModelConfig": plan["MultiModelConfig"]} if "MultiModelConfig" in plan else {}
        return {**content, **config, "Environment": script_mode(environment, has_code=artifact["HasInferenceCode"])}
    container = _container(image_uri, artifact, environment)
    if "ModelAccessConfig" in plan and "ModelDataSource" in container:
        container["ModelDataSource"]["S3DataSource"]["ModelAccessConfig"] = plan["ModelAccessConfig"]
    if "ImageConfig" in plan["Image"]:
        container["ImageConfig"] = plan["Image"]["ImageConfig"]
    pairs = zip(plan.get("AdditionalModelDataSources", []), artifact.get("Additional", []), strict=True)
    if sources := [_additional(source, found) for source, found in pairs]:
        container["AdditionalModelDataSources"] = sources
    return container


def _additional(source: dict[str, Any], artifact: Artifact) -> dict[str, Any]:
    pin = {} if is_prefix(artifact) else {"ETag": artifact["ETag"]}
    return {**source, "S3DataSource": {**source["S3DataSource"], **pin}}


def _without_model_data_source(plan: Plan) -> str:
    if "Transform" in plan:
        return "Transform"
    return "ServerlessConfig" if "ServerlessConfig" in plan.get("Variant", {}) else ""


def _by_url(container: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in container.items() if name != "ModelDataSource"}
    return {**rest, "ModelDataUrl": container["ModelDataSource"]["S3DataSource"]["S3Uri"]}


def loading(request: dict[str, Any], position: int, s3_uri: str, etag: str) -> dict[str, Any]:
    """Return a CreateModel request whose container at a position loads the model's own copy.

    It is pinned by its ETag where SageMaker takes one.
    """
    if "Containers" in request:
        containers = list(request["Containers"])
        containers[position] = _loading(containers[position], s3_uri, etag)
        return {**request, "Containers": containers}
    return {**request, "PrimaryContainer": _loading(request["PrimaryContainer"], s3_uri, etag)}


def _loading(container: dict[str, Any], s3_uri: str, etag: str) -> dict[str, Any]:
    if "ModelDataUrl" in container:
        return {**container, "ModelDataUrl": s3_uri}
    source = {**container["ModelDataSource"]["S3DataSource"], "S3Uri": s3_uri, "ETag": etag}
    return {**container, "ModelDataSource": {"S3DataSource": source}}


def _container(image_uri: str, artifact: Artifact, environment: dict[str, str]) -> dict[str, Any]:
    if "Key" not in artifact:
        return {"Image": image_uri, "Environment": dict(environment)}
    source = {"S3Uri": artifact_uri(artifact)}
    if is_prefix(artifact):
        source |= {"S3DataType": "S3Prefix", "CompressionType": "None"}
    else:
        source |= {"S3DataType": "S3Object", "CompressionType": "Gzip", "ETag": artifact["ETag"]}
    environment = script_mode(environment, has_code=artifact["HasInferenceCode"])
    return {"Image": image_uri, "ModelDataSource": {"S3DataSource": source}, "Environment": environment}


def _package_container(plan: Plan, environment: dict[str, str]) -> dict[str, Any]:
    # The SageMaker SDK makes models of packages so (sagemaker.model.ModelPackage); its environment adds to theirs.
    name = "InferenceSpecificationName"
    named = {name: plan[name]} if name in plan else {}  # type: ignore[literal-required]
    added = {"Environment": environment} if environment else {}
    return {"ModelPackageName": plan["ModelPackageArn"], **named, **added}


def endpoint_config_request(plan: Plan, models: Sequence[str]) -> dict[str, Any]:
    """Return the CreateEndpointConfig request, without tags, under its content-addressed name.

    `models` are the names of the variants' models. A variant of inference components has none.
    """
    names: Sequence[str | None] = [None] if "Components" in plan else models
    pairs = list(zip(variants_of(plan), names, strict=True))
    content: dict[str, Any] = {
        "ProductionVariants": [_variant(one, name) for one, name in pairs if not one.get("IsShadow")]
    }
    if shadows := [_variant(one, name) for one, name in pairs if one.get("IsShadow")]:
        content["ShadowProductionVariants"] = shadows
    content |= plan.get("EndpointConfig", {})
    return {"EndpointConfigName": content_addressed_name(plan["EndpointName"], content), **content}


def component_requests(plan: Plan, models: Sequence[str]) -> list[dict[str, Any]]:
    """Return the CreateInferenceComponent request, without tags, of each inference component; none for other plans.

    `models` are the names of their models, which are derived from the content: a specification is one version.
    """
    if "Components" not in plan:
        return []
    return [_component(one, name) for one, name in zip(models_of_plan(plan), models, strict=True)]


def _component(plan: Plan, model_name: str) -> dict[str, Any]:
    startup = {name: plan["Variant"][name] for name in STARTUP_PARAMETERS if name in plan["Variant"]}
    return {
        "InferenceComponentName": plan["InferenceComponentName"],
        "EndpointName": plan["EndpointName"],
        "VariantName": VARIANT_NAME,
        "Specification": {
            "ModelName": model_name,
            **({"StartupParameters": startup} if startup else {}),
            "ComputeResourceRequirements": plan["ComputeResourceRequirements"],
        },
        "RuntimeConfig": {"CopyCount": plan["CopyCount"]},
    }


def _variant(plan: Plan, model_name: str | None) -> dict[str, Any]:
    return {
        "VariantName": plan.get("VariantName", VARIANT_NAME),
        **({"ModelName": model_name} if model_name else {}),
        "InitialVariantWeight": float(plan.get("InitialVariantWeight", 1.0)),
        **plan.get("Variant", {}),
    }


def script_mode(environment: dict[str, str], *, has_code: bool) -> dict[str, str]:
    """Return a container's environment variables, with those by which it finds the user's code in the archive.

    The SageMaker SDK sets these two for an archive that brings the program in code/ (sagemaker.model.FrameworkModel).
    The user's own values win, a program of another name too. scikit-learn and XGBoost need both: without the second
    they look into /opt/ml/code.
    """
    if not has_code:
        return dict(environment)
    return {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code", **environment}


def agrees(wanted: object, found: object) -> bool:
    """Say whether what SageMaker describes holds everything wanted; it may add defaults of its own.

    Nothing wanted (an empty environment) agrees with nothing described.
    """
    if not wanted:
        return not found
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(agrees(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(wanted) == len(found)
            and all(agrees(ours, theirs) for ours, theirs in zip(wanted, found, strict=True))
        )
    return wanted == found
