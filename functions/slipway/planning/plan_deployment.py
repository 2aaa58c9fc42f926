"""PlanDeployment: turn what started the execution into one validated plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from math import ceil
from typing import Any, cast

from slipway.deployment.escaping import quoted
from slipway.deployment.limits import check_model_bucket, check_plan, check_side_file
from slipway.deployment.plan import (
    BEFORE_TRAFFIC,
    MULTI_MODEL,
    ArtifactRequest,
    ComponentPlan,
    ContainerPlan,
    Execution,
    ImageRequest,
    Plan,
    Sample,
    SmokeTestRequest,
    TrafficAnalysisRequest,
    VariantPlan,
    bucket_and_key,
)
from slipway.deployment.settings import Settings
from slipway.errors import FieldMissing, FieldsConflict, NotFound
from slipway.planning.contract.parts import (
    ADDITIONAL,
    COMPONENTS,
    HOSTING_FIELDS,
    HOSTING_KINDS,
    IMAGE_FIELDS,
    PRODUCTION,
    SHADOW,
    STARTUP_FIELDS,
    parts_of,
)
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check, samples_of
from slipway.planning.model_source import ModelSource, Sources, model_source_of
from slipway.planning.uploads import ReadSideFile, Upload, is_upload_event, parsed_side_file, upload_of

MODEL_FIELDS = ("ExecutionRoleArn", "Environment", "VpcConfig", "EnableNetworkIsolation", "InferenceExecutionConfig")
STARTUP_TIMEOUT = "ContainerStartupHealthCheckTimeoutInSeconds"
TIMEOUTS = ("VariantInstanceProvisionTimeoutInSeconds", "ModelDataDownloadTimeoutInSeconds", STARTUP_TIMEOUT)
# A container that downloads its model does so before its first ping: 5 to 15 minutes and more for models of the Hugging
# Face Hub. SageMaker's own default is 8 minutes (developer guide, "Custom Inference Code with Hosting Services").
LARGE_MODEL_STARTUP = 1800
LARGE_MODEL_DOWNLOAD = 3600  # the maximum: hundreds of gigabytes take long, and what is missing fails at once
MINUTES_BESIDE_TIMEOUTS = 20  # until instances are there, and for the steps around
MANAGED_ALARMS = "ManagedAlarms"
POLICIES = ("BlueGreenUpdatePolicy", "RollingUpdatePolicy")
# The old fleet stays for ten minutes, in which an alarm puts it back.
DEFAULT_POLICY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0},
        "TerminationWaitInSeconds": 600,
    }
}
# An hour of data a minute has more than the 50 that "Best practices for configuring canary" of Spinnaker wants of each
# metric; here invocations are counted, and the time may be shorter.
TRAFFIC_ANALYSIS = {"Minutes": 10, "MinInvocations": 50, "OnInconclusive": "Warn"}
MAX_DEADLINE = 480  # of DeadlineMinutes
ANY_ARCHIVE = "an archive"
OF_MULTI_MODEL = ("Mode", "MultiModelConfig")
OF_CONTAINER = (*OF_MULTI_MODEL, ADDITIONAL)  # as they are, in a container of the plan
OF_ONE_CONTAINER = ("Image", "Artifact", "ModelAccessConfig", *OF_CONTAINER)
OF_PACKAGE = ("ModelPackageArn", "InferenceSpecificationName")
OF_VARIANTS = ("VariantName", "InitialVariantWeight", "ModelName", "AutoScaling")
SAMPLE_FIELDS = ("ContentType", "Accept", "TargetContainerHostname", "TargetModel", "Expect", "MaxLatencyMs")
MAX_SAMPLE_NAME = 64  # characters, as in the contract
AS_THEY_ARE = ("AutoScaling", "KeepInstanceCount", "IdleAfterMinutes", "Protected", "Adopt", "Message")  # in the plan
ENDPOINT_CONFIG_FIELDS = ("AsyncInferenceConfig", "DataCaptureConfig", "KmsKeyId", "MetricsConfig")
# What the endpoint configuration of inference components has, and the models of other endpoints have themselves.
OF_COMPONENTS = ("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation")


def plan_deployment(
    request: object, execution: Execution, read_side_file: ReadSideFile, sources: Sources, settings: Settings
) -> Plan:
    """Return the plan for an execution input or an S3 `Object Created` event.

    Raises an `InputRefused` that names the field, a `SourceRefused`, or a `LimitExceeded` that names the owner's
    parameter; nothing has been created by then.
    """
    if is_upload_event(request):
        assert isinstance(request, Mapping)
        upload = upload_of(request)
        return plan_document(_document_of(upload, read_side_file, settings), execution, sources, settings, upload)
    return plan_document(check(request), execution, sources, settings, None)


def _document_of(upload: Upload, read_side_file: ReadSideFile, settings: Settings) -> dict[str, Any]:
    own = check({"EndpointName": upload.endpoint_name, "ModelDataUrl": upload.uri})
    check_model_bucket(upload.uri, settings.limits)
    side_file_key, document = _side_file(upload, read_side_file)
    check_side_file(document, side_file_key, settings.limits)
    if document.get("Mode") == MULTI_MODEL:
        # The endpoint serves every archive beside the side file: a further one is a further model.
        own["ModelDataUrl"] = f"{upload.uri.rpartition('/')[0]}/"
    if several := next((name for name in (PRODUCTION, COMPONENTS) if name in document), ""):
        raise FieldsConflict(
            f"{several} in {side_file_key} and an upload exclude each other, because an upload is one model: remove "
            f"{several}, or start an execution."
        )
    for field, value in own.items():
        if document.get(field, value) != value:
            raise FieldsConflict(
                f"{field} in {side_file_key} is {quoted(document[field])}, but the upload says {value}; "
                f"remove {field} from the side file."
            )
    return check({**document, **own})


def _side_file(upload: Upload, read_side_file: ReadSideFile) -> tuple[str, dict[str, Any]]:
    """Return the side file's key and what it holds; the last key and nothing where there is none."""
    for key in upload.side_file_keys:
        with suppress(NotFound):
            return key, parsed_side_file(key, read_side_file(upload.bucket, key))
    return upload.side_file_keys[-1], {}


def plan_document(
    document: dict[str, Any], execution: Execution, sources: Sources, settings: Settings, upload: Upload | None = None
) -> Plan:
    """Return the plan of a document that keeps the contract. Raises what `plan_deployment` raises."""
    document = _with_default_hosting(document, settings)
    check_rules(document, settings.region)
    plan = _planned(document, execution, sources, settings, upload)
    check_plan(plan, settings.limits)
    return plan


def _planned(
    document: dict[str, Any], execution: Execution, sources: Sources, settings: Settings, upload: Upload | None
) -> Plan:
    started = datetime.fromisoformat(execution["StartTime"].replace("Z", "+00:00"))
    plan: Plan = {
        "EndpointName": document["EndpointName"],
        "Trigger": "Upload" if upload else "Execution",
        "Deadline": _deadline(started, document, {}, settings),
        "Tags": document.get("Tags", []),
    }
    plan |= _pick(document, AS_THEY_ARE)  # type: ignore[typeddict-item]
    plan |= _guardrails(document.get("DeploymentConfig"))  # type: ignore[typeddict-item]
    if "SmokeTest" in document:
        stage, samples = document["SmokeTest"].get("Stage", BEFORE_TRAFFIC), samples_of(document)
        plan["SmokeTest"] = SmokeTestRequest(Stage=stage, Samples=[_sample(sample) for _, sample in samples])
    if "TrafficAnalysis" in document:
        plan["TrafficAnalysis"] = cast("TrafficAnalysisRequest", {**TRAFFIC_ANALYSIS, **document["TrafficAnalysis"]})
    if "EndpointConfigName" in document:
        plan["EndpointConfigName"] = document["EndpointConfigName"]
        return plan
    if PRODUCTION in document:
        shadows = len(document.get(SHADOW, []))
        parts = [part for _, part in parts_of(document)]
        hosted = [_hosted(part, sources, settings, None) for part in parts]
        plan["Variants"] = [
            cast("VariantPlan", {**_pick(part, OF_VARIANTS), "IsShadow": position >= len(parts) - shadows, **one})
            for position, (part, one) in enumerate(zip(parts, hosted, strict=True))
        ]
        plan["Model"] = {}
        if plan.get("AutoScaling"):
            del plan["AutoScaling"]  # each variant has its own; {} is what takes scaling off
    elif COMPONENTS in document:
        parts = [part for _, part in parts_of(document)]
        hosted = [_hosted(part, sources, settings, None) for part in parts]
        plan["Components"] = [_component(part, one) for part, one in zip(parts, hosted, strict=True)]
        plan["Model"] = _pick(document, OF_COMPONENTS)
        plan["Variant"] = {name: value for name, value in hosted[0]["Variant"].items() if name not in STARTUP_FIELDS}
    else:
        hosted = [_hosted(document, sources, settings, upload)]
        plan |= hosted[0]  # type: ignore[typeddict-item]
    variants = [one["Variant"] for one in hosted]
    plan["Deadline"] = max(_deadline(started, document, variant, settings) for variant in variants)
    plan["EndpointConfig"] = {**_default_key(variants, settings), **_pick(document, ENDPOINT_CONFIG_FIELDS)}
    if COMPONENTS in document:
        plan["EndpointConfig"] |= {"ExecutionRoleArn": settings.execution_role_arn, **_pick(document, OF_COMPONENTS)}
    return plan


def _component(document: Mapping[str, Any], hosted: Mapping[str, Any]) -> ComponentPlan:
    """Return the plan of an inference component, whose network and role are those of the endpoint."""
    model = {name: value for name, value in hosted["Model"].items() if name not in OF_COMPONENTS[1:]}
    own = {
        "InferenceComponentName": document["InferenceComponentName"],
        "ComputeResourceRequirements": document["ComputeResourceRequirements"],
        "CopyCount": document.get("CopyCount", 1),
    }
    return cast("ComponentPlan", {**hosted, **own, "Model": model})


def _hosted(document: Mapping[str, Any], sources: Sources, settings: Settings, upload: Upload | None) -> dict[str, Any]:
    """Return the model and the hosting of one variant, as a plan has them."""
    if "ModelName" in document:
        return {"Model": {}, "Variant": _variant(document, [document["ModelName"]])}
    parts = [part for _, part in parts_of(document)] or [{**document}]
    found = [model_source_of(part, sources) for part in parts]
    containers = [_container(part, source, settings, upload) for part, source in zip(parts, found, strict=True)]
    return {
        **({"Containers": containers} if "Containers" in document else _pick(containers[0], OF_ONE_CONTAINER)),
        **_pick(document, OF_PACKAGE),
        "Model": _pick(document, MODEL_FIELDS),
        "Variant": _variant(document, [_loaded_at_start(*pair) for pair in zip(parts, found, strict=True)]),
    }


def _loaded_at_start(document: Mapping[str, Any], source: ModelSource) -> str | None:
    """Return what a container downloads before it starts; a multi-model container downloads nothing that is large."""
    return ANY_ARCHIVE if document.get("Mode") == MULTI_MODEL else source.archive


def _container(
    document: Mapping[str, Any], source: ModelSource, settings: Settings, upload: Upload | None
) -> ContainerPlan:
    additional = (one["S3DataSource"]["S3Uri"] for one in document.get(ADDITIONAL, []))
    for uri in (*filter(None, [source.archive]), *source.other_archives, *additional):
        check_model_bucket(uri, settings.limits)
    container = ContainerPlan(Image=_image(document, source, settings), Environment=document.get("Environment", {}))
    container |= _pick(document, OF_CONTAINER)  # type: ignore[typeddict-item]
    if source.archive:
        container["Artifact"] = _artifact(source.archive, upload)
    access = document.get("ModelDataSource", {}).get("S3DataSource", {}).get("ModelAccessConfig")
    if access is not None:
        container["ModelAccessConfig"] = access
    if "ContainerHostname" in document:
        container["ContainerHostname"] = document["ContainerHostname"]
    return container


def _guardrails(wanted: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return AWS's DeploymentConfig, and whether alarms are created for it: those alone shift traffic all at once."""
    if wanted is None:
        return {}
    config = {name: value for name, value in wanted.items() if name != MANAGED_ALARMS}
    if not wanted.get(MANAGED_ALARMS):
        return {"DeploymentConfig": config}
    policy = {} if any(name in config for name in POLICIES) else DEFAULT_POLICY
    return {"DeploymentConfig": {**policy, **config}, MANAGED_ALARMS: True}


def _with_default_hosting(document: dict[str, Any], settings: Settings) -> dict[str, Any]:
    if "EndpointConfigName" in document or any(name in document for name in HOSTING_KINDS):
        return document
    return {**document, "InstanceType": settings.default_instance_type} if settings.default_instance_type else document


def _default_key(variants: Sequence[Mapping[str, Any]], settings: Settings) -> dict[str, Any]:
    # A serverless variant has no storage volume of its own to encrypt.
    has_volume = all("ServerlessConfig" not in variant for variant in variants)
    return {"KmsKeyId": settings.kms_key_arn} if settings.kms_key_arn and has_volume else {}


def _image(document: Mapping[str, Any], source: ModelSource, settings: Settings) -> ImageRequest:
    if source.image_uri:
        others = {"OtherImageUris": list(source.other_images)} if source.other_images else {}
        return cast("ImageRequest", {"ImageUri": source.image_uri, **others})
    image = _pick(document, IMAGE_FIELDS)
    if not ("Framework" in image or "ImageUri" in image):
        if not settings.default_framework:
            raise FieldMissing("Framework is missing: add it, for example sklearn, or ImageUri.")
        image["Framework"] = settings.default_framework
        if settings.default_framework_version:
            image.setdefault("FrameworkVersion", settings.default_framework_version)
    return cast("ImageRequest", image)


def _artifact(model_data_url: str, upload: Upload | None) -> ArtifactRequest:
    bucket, key = bucket_and_key(model_data_url)
    artifact = ArtifactRequest(Bucket=bucket, Key=key)
    if upload and upload.version_id:
        artifact["VersionId"] = upload.version_id
    if upload and upload.etag:
        artifact["ETag"] = upload.etag
    if upload and upload.sequencer:
        artifact["Sequencer"] = upload.sequencer
    return artifact


def _sample(wanted: Mapping[str, Any]) -> Sample:
    bucket, key = bucket_and_key(wanted["PayloadUrl"])
    name = wanted.get("Name") or key.rstrip("/").rpartition("/")[2][-MAX_SAMPLE_NAME:]
    return cast("Sample", {"Name": name, "Bucket": bucket, "Key": key, **_pick(wanted, SAMPLE_FIELDS)})


def _deadline(started: datetime, document: Mapping[str, Any], variant: Mapping[str, Any], settings: Settings) -> str:
    """Return when the deployment gives up: not before SageMaker itself does, unless the user says so."""
    allowed = sum(variant.get(name, 0) for name in TIMEOUTS)
    minutes = max(settings.default_deadline_minutes, min(MAX_DEADLINE, ceil(allowed / 60) + MINUTES_BESIDE_TIMEOUTS))
    return (started + timedelta(minutes=document.get("DeadlineMinutes", minutes))).isoformat()


def _variant(document: Mapping[str, Any], archives: Sequence[str | None]) -> dict[str, Any]:
    """Return the variant's fields; `archives` are the archive or prefix of each container, None where it has none.

    Of a model that exists it is not known: the timeouts are SageMaker's own.
    """
    variant = _pick(document, HOSTING_FIELDS)
    if not any(name in variant for name in HOSTING_KINDS):
        raise FieldMissing("InstanceType is missing: add it, for example ml.m5.large, or ServerlessConfig.")
    if "ServerlessConfig" not in variant:
        # SageMaker creates no endpoint without instances; an asynchronous one is scaled to none afterwards.
        least = document.get("AutoScaling", {}).get("MinCapacity", 1)
        variant.setdefault("InitialInstanceCount", max(1, least))
        large = [archive for archive in archives if (archive or "/").endswith("/")]
        if large and "ModelPackageArn" not in document:
            variant.setdefault(STARTUP_TIMEOUT, LARGE_MODEL_STARTUP)
        if any(large):
            variant.setdefault("ModelDataDownloadTimeoutInSeconds", LARGE_MODEL_DOWNLOAD)
    elif (archives[0] or "").endswith("/"):
        raise FieldsConflict(
            f"ServerlessConfig and the prefix {quoted(archives[0])} exclude each other: a serverless endpoint takes "
            "no uncompressed model; pack it as one .tar.gz, or write InstanceType."
        )
    return variant


def _pick(document: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: document[name] for name in names if name in document}
