"""The limits that the stack's owner sets by parameters of the template, and the checks of what users ask for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Self

from slipway.deployment.escaping import quoted_name
from slipway.deployment.parts import variants_of
from slipway.deployment.plan import Plan, bucket_and_key
from slipway.errors import Refused

SERVERLESS = "serverless"  # stands among instance types for hosting without any
AWS, OWN = "aws", "own"  # stand among registries for AWS's accounts and for the stack's
DISPLAY_NAMES = {AWS: "AWS", OWN: "this account"}
# What a side file may say where hosting is settled: which model answers, and whether it does.
NON_HOSTING_FIELDS = (
    "$schema",
    "EndpointName",
    "ModelDataUrl",
    "Framework",
    "FrameworkVersion",
    "PyVersion",
    "BaseFrameworkVersion",
    "ImageUri",
    "Environment",
    "SmokeTest",
    "TrafficAnalysis",
    "DeadlineMinutes",
    "Tags",
    # Of a transform job: what is transformed, and how it is sent.
    "TransformInput",
    "TransformOutput",
    "BatchStrategy",
    "MaxPayloadInMB",
    "MaxConcurrentTransforms",
    "ModelClientConfig",
    "DataProcessing",
)
OUTPUT_PREFIX = "inference/"  # where the stack's execution role may write, in the model bucket
IDLE_WINDOWS = ("MIN_IDLE_AFTER_MINUTES", "IDLE_AFTER_MINUTES")
ASK_OWNER = "or ask the stack's owner to change the parameter"


class LimitExceeded(Refused):
    """Base of what is beyond the limits that the stack's owner set: never retried."""


class InstanceTypeNotAllowed(LimitExceeded):
    """An instance type, or serverless hosting, that the parameter AllowedInstanceTypes does not list."""


class TooManyInstances(LimitExceeded):
    """More instances than the parameter MaxInstances allows an endpoint."""


class IdleWindowTooShort(LimitExceeded):
    """An IdleAfterMinutes below what the parameters MinIdleAfterMinutes and IdleAfterMinutes allow."""


class RegistryNotAllowed(LimitExceeded):
    """An image in a registry that the parameter AllowedRegistries does not list."""


class ExecutionRoleNotAllowed(LimitExceeded):
    """A role other than the stack's that the parameter AllowedExecutionRoles does not list."""


class ModelBucketNotAllowed(LimitExceeded):
    """An archive in a bucket that is neither the stack's nor the parameter SecondModelBucket."""


class VpcNotAllowed(LimitExceeded):
    """VpcConfig without a role that may create network interfaces, where the parameter VpcModels is Disabled."""


class OutputNotAllowed(LimitExceeded):
    """A place for responses, captured data or notifications that needs a role of AllowedExecutionRoles."""


class KmsKeyNotAllowed(LimitExceeded):
    """A KMS key other than the stack's that the parameter AllowedKmsKeys does not list by its ARN."""


class HostingLocked(LimitExceeded):
    """A side file that says how to host, where the parameter SideFileHosting refuses that."""


@dataclass(frozen=True)
class Limits:
    """What is allowed; `None` allows everything. Instance types are patterns with `*` and `?`.

    The first of the execution roles, and of the model buckets, is the stack's own.
    """

    instance_types: Collection[str] | None = None
    instances: int | None = None
    uploaded_endpoints: int | None = None
    registries: Collection[str] | None = None
    account_id: str = ""
    execution_roles: Collection[str] | None = None
    model_buckets: Collection[str] | None = None
    side_file_hosting: bool = True
    vpc_models: bool = True
    kms_keys: Collection[str] | None = None
    idle_minutes: int = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables that template.yaml sets. What no variable allows is refused."""

        def listed(name: str) -> tuple[str, ...]:
            return tuple(filter(None, environment.get(name, "").split(",")))

        return cls(
            instance_types=listed("ALLOWED_INSTANCE_TYPES"),
            instances=int(environment.get("MAX_INSTANCES", "0")),
            uploaded_endpoints=int(environment.get("MAX_UPLOADED_ENDPOINTS", "0")),
            registries=listed("ALLOWED_REGISTRIES"),
            account_id=environment.get("ACCOUNT_ID", ""),
            execution_roles=listed("ALLOWED_EXECUTION_ROLES"),
            model_buckets=listed("ALLOWED_MODEL_BUCKETS"),
            side_file_hosting=environment.get("SIDE_FILE_HOSTING") == "Allowed",
            vpc_models=environment.get("VPC_MODELS") == "Enabled",
            kms_keys=listed("ALLOWED_KMS_KEYS"),
            # Idle cleanup uses the shorter of both where a tag says less.
            idle_minutes=min(int(environment.get(name, "0")) for name in IDLE_WINDOWS),
        )


NO_LIMITS = Limits()


def check_plan(plan: Plan, limits: Limits) -> None:
    """Check what a plan asks for, before anything of it is made. Raises a `LimitExceeded`."""
    variants = variants_of(plan)
    hosting = [one.get("Variant", {}) for one in variants]
    _check_types(hosting, "InstanceType", limits)
    _check_count(sum(one.get("InitialInstanceCount", 0) for one in hosting), "InitialInstanceCount", limits)
    managed = [one.get("ManagedInstanceScaling", {}).get("MaxInstanceCount", 0) for one in hosting]
    _check_count(sum(managed), "ManagedInstanceScaling.MaxInstanceCount", limits)
    scaled = [one.get("AutoScaling", {}) for one in variants]
    check_scaling(scaled, "AutoScaling.MaxCapacity", limits)
    _check_idle_window(plan, limits)
    for one in variants:
        _check_model(one, limits)
        for where, key in _kms_keys_of(_hosting_of({**plan, **one})):
            _check_kms_key(where, key, limits)


def check_scaling(scaled: Iterable[Mapping[str, Any]], where: str, limits: Limits) -> None:
    """Check how far the variants of an endpoint may be scaled together. Raises `TooManyInstances`."""
    _check_count(sum(map(_max_capacity, scaled)), where, limits)


def _max_capacity(scaling: Mapping[str, Any]) -> int:
    return max(int(one.get("MaxCapacity", 0)) for one in (scaling, *scaling.get("Schedules", [])))


def check_endpoint_config(config: Mapping[str, Any], limits: Limits) -> None:
    """Check an existing configuration, described by SageMaker: one beyond the limits is not restored.

    Raises `InstanceTypeNotAllowed` or `TooManyInstances`. Models do not change: their roles and images were
    checked when they were created, or are those of another creator.
    """
    variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", [])]
    where = f"EndpointConfigName is {config['EndpointConfigName']}, whose"
    _check_types(variants, f"{where} instance type", limits)
    _check_count(sum(map(_max_of, variants)), f"{where} number of instances", limits)


def check_model_bucket(uri: str, limits: Limits) -> None:
    """Check an archive's bucket, by its S3 URI. Raises `ModelBucketNotAllowed`."""
    bucket, _ = bucket_and_key(uri)
    if limits.model_buckets is not None and bucket not in limits.model_buckets:
        raise ModelBucketNotAllowed(
            f"The archive {quoted_name(uri)} is in a bucket that the stack takes no models from: copy it to "
            f"{' or '.join(limits.model_buckets)}, {ASK_OWNER} SecondModelBucket."
        )


def check_side_file(document: Mapping[str, Any], key: str, limits: Limits) -> None:
    """Check that a side file does not say how to host, where the owner settles that. Raises `HostingLocked`."""
    hosting = [name for name in document if name not in NON_HOSTING_FIELDS]
    if hosting and not limits.side_file_hosting:
        raise HostingLocked(
            f"{quoted_name(hosting[0])} in {key} says how to host, which the stack decides: remove it, {ASK_OWNER} "
            "SideFileHosting."
        )


def check_registry(image_uri: str, registry: str, *, is_of_aws: bool, limits: Limits) -> None:
    """Check the registry of an image: its account in Amazon ECR, or its host. Raises `RegistryNotAllowed`."""
    if limits.registries is None:
        return
    kinds = {registry, *([AWS] if is_of_aws else []), *([OWN] if registry == limits.account_id else [])}
    if kinds.isdisjoint(limits.registries):
        allowed = " or ".join(DISPLAY_NAMES.get(one, one) for one in limits.registries)
        raise RegistryNotAllowed(
            f"The image {quoted_name(image_uri)} is in the registry {registry}, which the owner does not allow: "
            f"use an image of {allowed}, {ASK_OWNER} AllowedRegistries."
        )


def _check_types(variants: Collection[Mapping[str, Any]], where: str, limits: Limits) -> None:
    for wanted in (found for variant in variants for found in _types_of(variant)):
        if limits.instance_types is not None and not any(fnmatchcase(wanted, one) for one in limits.instance_types):
            raise InstanceTypeNotAllowed(
                f"{where} is {wanted}, which the stack's owner does not allow: use "
                f"{' or '.join(limits.instance_types)}, {ASK_OWNER} AllowedInstanceTypes."
            )


def _check_idle_window(plan: Plan, limits: Limits) -> None:
    minutes = plan.get("IdleAfterMinutes")
    if minutes is not None and minutes < limits.idle_minutes:
        raise IdleWindowTooShort(
            f"IdleAfterMinutes is {minutes}, but the stack's owner allows at least {limits.idle_minutes}: write a "
            f"longer window, {ASK_OWNER} MinIdleAfterMinutes."
        )


def _check_count(count: int, where: str, limits: Limits) -> None:
    if limits.instances is not None and count > limits.instances:
        raise TooManyInstances(
            f"{where} is {count}, but the stack's owner allows an endpoint at most {limits.instances}: use fewer, "
            f"{ASK_OWNER} MaxInstances."
        )


def _check_model(plan: Plan, limits: Limits) -> None:
    """Check the role of a variant's model; one that exists was checked when it was created."""
    if "ModelName" in plan:
        return
    model = plan.get("Model", {})
    own_role = next(iter(limits.execution_roles or ()), "")
    if "ExecutionRoleArn" in model:
        _check_execution_role(model["ExecutionRoleArn"], limits)
    if model.get("ExecutionRoleArn", own_role) == own_role:
        _check_needs_of_own_role(plan, limits)


def _check_needs_of_own_role(plan: Plan, limits: Limits) -> None:
    """Check what the stack's execution role would need and does not have."""
    if "VpcConfig" in plan.get("Model", {}) and not limits.vpc_models:
        raise VpcNotAllowed(
            "VpcConfig needs permissions to create network interfaces, which the stack's execution role does not have: "
            f"name a role that has them in ExecutionRoleArn, {ASK_OWNER} VpcModels."
        )
    if not limits.model_buckets:
        return
    allowed = f"s3://{next(iter(limits.model_buckets))}/{OUTPUT_PREFIX}"
    for where, target in _outputs_of(_hosting_of(plan)):
        if not target.startswith(allowed):
            raise OutputNotAllowed(
                f"{where} is {quoted_name(target)}, and the stack's execution role writes below {allowed} only and "
                f"publishes to no topic: name a role with the permission in ExecutionRoleArn, {ASK_OWNER} "
                "AllowedExecutionRoles."
            )
    source = plan.get("Transform", {}).get("TransformInput", {}).get("DataSource", {}).get("S3DataSource", {})
    bucket, _ = bucket_and_key(source.get("S3Uri", "s3://"))
    if bucket and bucket not in limits.model_buckets:
        raise ModelBucketNotAllowed(
            f"The input {quoted_name(source['S3Uri'])} is in a bucket that the stack's execution role does not read: "
            f"copy it to {' or '.join(limits.model_buckets)}, or name a role with the permission in ExecutionRoleArn, "
            f"{ASK_OWNER} AllowedExecutionRoles."
        )


def _hosting_of(plan: Plan) -> dict[str, Any]:
    """Return the members of what a plan creates, of which some name outputs or keys."""
    return {**plan.get("Variant", {}), **plan.get("EndpointConfig", {}), **plan.get("Transform", {})}


def _outputs_of(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    output = config.get("AsyncInferenceConfig", {}).get("OutputConfig", {})
    topics = output.get("NotificationConfig", {})
    found = {
        "TransformOutput.S3OutputPath": config.get("TransformOutput", {}).get("S3OutputPath"),
        "DataCaptureConfig.DestinationS3Uri": config.get("DataCaptureConfig", {}).get("DestinationS3Uri"),
        "CoreDumpConfig.DestinationS3Uri": config.get("CoreDumpConfig", {}).get("DestinationS3Uri"),
        **{f"AsyncInferenceConfig.OutputConfig.{name}": output.get(name) for name in ("S3OutputPath", "S3FailurePath")},
        **{
            f"AsyncInferenceConfig.OutputConfig.NotificationConfig.{name}": topics.get(name)
            for name in ("SuccessTopic", "ErrorTopic")
        },
    }
    yield from ((where, target) for where, target in found.items() if target)


def _kms_keys_of(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    found = {
        "KmsKeyId": config.get("KmsKeyId"),
        "TransformOutput.KmsKeyId": config.get("TransformOutput", {}).get("KmsKeyId"),
        "TransformResources.VolumeKmsKeyId": config.get("TransformResources", {}).get("VolumeKmsKeyId"),
        "CoreDumpConfig.KmsKeyId": config.get("CoreDumpConfig", {}).get("KmsKeyId"),
        "DataCaptureConfig.KmsKeyId": config.get("DataCaptureConfig", {}).get("KmsKeyId"),
        "AsyncInferenceConfig.OutputConfig.KmsKeyId": config.get("AsyncInferenceConfig", {})
        .get("OutputConfig", {})
        .get("KmsKeyId"),
    }
    yield from ((where, key) for where, key in found.items() if key)


def _check_kms_key(where: str, key: str, limits: Limits) -> None:
    # A role's permission names a key by its ARN: what an alias or an id stands for cannot be granted beforehand.
    if limits.kms_keys is not None and key not in limits.kms_keys:
        raise KmsKeyNotAllowed(
            f"{where} is {quoted_name(key)}, which is not among the keys that the stack's roles may use: write an ARN "
            f"of these, remove {where}, {ASK_OWNER} AllowedKmsKeys."
        )


def _check_execution_role(role_arn: str, limits: Limits) -> None:
    if limits.execution_roles is not None and role_arn not in limits.execution_roles:
        raise ExecutionRoleNotAllowed(
            f"ExecutionRoleArn is {quoted_name(role_arn)}, which the owner does not allow: remove it to use the "
            f"stack's role, {ASK_OWNER} AllowedExecutionRoles."
        )


def _types_of(variant: Mapping[str, Any]) -> Iterator[str]:
    if "ServerlessConfig" in variant:
        yield SERVERLESS
    yield from (pool["InstanceType"] for pool in variant.get("InstancePools", []))
    if "InstanceType" in variant:
        yield variant["InstanceType"]


def _max_of(variant: Mapping[str, Any]) -> int:
    scaling = variant.get("ManagedInstanceScaling", {})
    return max(int(variant.get("InitialInstanceCount", 0)), int(scaling.get("MaxInstanceCount", 0)))
