"""Every member of the requests that host a model, as a Markdown table: the field that exposes it, or why none does.

The members come from the newest botocore: one that AWS adds is in neither list until it is decided about here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dev.schema.newest import newest_model, newest_version


@dataclass(frozen=True)
class Exposed:
    """A member that fields of the deployment input set; `note` says what differs from SageMaker's member."""

    fields: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Listed:
    """A member that no field sets, and why."""

    reason: str


def by(*fields: str, note: str = "") -> Exposed:
    """Return a member that these fields expose."""
    return Exposed(fields, note)


WRITTEN = "Slipway writes it: "
WITH_COMPONENTS = "With InferenceComponents. Otherwise the model has it."
TOO_NEW = "The SDK of some Lambda runtimes cannot send it: botocore 1.43.1 lacks it."

MEMBERS: Mapping[str, Mapping[str, Exposed | Listed]] = {
    "CreateModelInput": {
        "ModelName": Listed(WRITTEN + "a name derived from the model's content."),
        "PrimaryContainer": by("ModelDataUrl", "Framework", "ImageUri", note="Its members are below."),
        "Containers": by("Containers", note="Two or more; the members of each are below."),
        "InferenceExecutionConfig": by("InferenceExecutionConfig"),
        "ExecutionRoleArn": by("ExecutionRoleArn"),
        "Tags": by("Tags"),
        "VpcConfig": by("VpcConfig"),
        "EnableNetworkIsolation": by("EnableNetworkIsolation"),
    },
    "ContainerDefinition": {
        "ContainerHostname": by("Containers", note="It has no effect on a model of one container (API reference)."),
        "Image": by("Framework", "ImageUri", "TrainingJobName"),
        "ImageConfig": by("ImageConfig"),
        "Mode": by("Mode"),
        "ModelDataUrl": by("ModelDataUrl", "TrainingJobName"),
        "ModelDataSource": by(
            "ModelDataSource",
            "ModelDataUrl",
            note="Slipway writes it for both, for an archive with its ETag. Without HubAccessConfig (models of private "
            "hubs are not deployed yet) and the manifest, whose columns AWS does not document.",
        ),
        "AdditionalModelDataSources": by(
            "AdditionalModelDataSources",
            note="Slipway writes the ETag of an archive. Without what ModelDataSource lacks.",
        ),
        "Environment": by("Environment"),
        "ModelPackageName": by("ModelPackageArn"),
        "InferenceSpecificationName": by("InferenceSpecificationName"),
        "MultiModelConfig": by("MultiModelConfig"),
        "ContainerMetricsConfig": Listed(TOO_NEW),
    },
    "CreateEndpointConfigInput": {
        "EndpointConfigName": by("EndpointConfigName", note="Otherwise a name derived from its content."),
        "ProductionVariants": by("ProductionVariants", "InstanceType", note="The members of each are below."),
        "DataCaptureConfig": by("DataCaptureConfig"),
        "Tags": by("Tags"),
        "KmsKeyId": by("KmsKeyId"),
        "AsyncInferenceConfig": by("AsyncInferenceConfig"),
        "ExplainerConfig": Listed("SageMaker Clarify's explainer is not deployed; a container can explain by itself."),
        "ShadowProductionVariants": by("ShadowProductionVariants"),
        "ExecutionRoleArn": by("ExecutionRoleArn", note=WITH_COMPONENTS),
        "VpcConfig": by("VpcConfig", note=WITH_COMPONENTS),
        "EnableNetworkIsolation": by("EnableNetworkIsolation", note=WITH_COMPONENTS),
        "MetricsConfig": by(
            "MetricsConfig", note="Without EnableDetailedObservability, which some Lambda runtimes' SDK cannot send."
        ),
        "CrossRegionTrafficConfig": Listed(
            "It limits requests of inference routers, which Slipway does not create; and the SDK of some Lambda "
            "runtimes cannot send it."
        ),
    },
    "ProductionVariant": {
        "VariantName": by("ProductionVariants", note="Without it AllTraffic, as the console has it."),
        "ModelName": by("ProductionVariants", note="A model that exists; otherwise the model that Slipway created."),
        "InitialInstanceCount": by("InitialInstanceCount"),
        "InstanceType": by("InstanceType"),
        "InstancePools": by("InstancePools"),
        "VariantInstanceProvisionTimeoutInSeconds": by("VariantInstanceProvisionTimeoutInSeconds"),
        "InitialVariantWeight": by("ProductionVariants", note="1.0 where it is left out."),
        "AcceleratorType": Listed("AWS has ended Amazon Elastic Inference."),
        "CoreDumpConfig": by("CoreDumpConfig"),
        "ServerlessConfig": by("ServerlessConfig"),
        "VolumeSizeInGB": by("VolumeSizeInGB"),
        "ModelDataDownloadTimeoutInSeconds": by("ModelDataDownloadTimeoutInSeconds"),
        "ContainerStartupHealthCheckTimeoutInSeconds": by("ContainerStartupHealthCheckTimeoutInSeconds"),
        "EnableSSMAccess": by("EnableSSMAccess"),
        "ManagedInstanceScaling": by("ManagedInstanceScaling", note="With InferenceComponents."),
        "RoutingConfig": by(
            "RoutingConfig", note="Without PrefixAwareRoutingConfig, which some Lambda runtimes' SDK cannot send."
        ),
        "InferenceAmiVersion": by("InferenceAmiVersion"),
        "CapacityReservationConfig": by("CapacityReservationConfig"),
        "AcceleratorPartitionLayouts": Listed(TOO_NEW),
    },
    "CreateInferenceComponentInput": {
        "InferenceComponentName": by("InferenceComponents"),
        "EndpointName": by("EndpointName"),
        "VariantName": Listed(WRITTEN + "AllTraffic, the endpoint's one variant."),
        "Specification": by("InferenceComponents", note="Its members are below."),
        "Specifications": Listed("One specification for each of several instance types is not deployed yet."),
        "RuntimeConfig": by("InferenceComponents", note="CopyCount; 1 where it is left out."),
        "Tags": by("Tags"),
    },
    "InferenceComponentSpecification": {
        "InstanceType": Listed("Only with Specifications."),
        "ModelName": Listed(WRITTEN + "the model that it creates for the component."),
        "Container": Listed("The model has the container."),
        "StartupParameters": by(
            "ModelDataDownloadTimeoutInSeconds",
            "ContainerStartupHealthCheckTimeoutInSeconds",
            note="Of each component.",
        ),
        "ComputeResourceRequirements": by("InferenceComponents", note="Without AcceleratorPartitionType: " + TOO_NEW),
        "BaseInferenceComponentName": Listed("Adapters on a base component are not deployed yet."),
        "DataCacheConfig": Listed("Caching on the instances is not deployed yet."),
        "SchedulingConfig": Listed("The placement of copies is SageMaker's default."),
    },
    "CreateEndpointInput": {
        "EndpointName": by("EndpointName"),
        "EndpointConfigName": by("EndpointConfigName", note="Otherwise the configuration that Slipway created."),
        "DeploymentConfig": by("DeploymentConfig"),
        "Tags": by("Tags"),
    },
    "UpdateEndpointInput": {
        "EndpointName": by("EndpointName"),
        "EndpointConfigName": by("EndpointConfigName", note="Otherwise the configuration that Slipway created."),
        "RetainAllVariantProperties": Listed(
            WRITTEN + "true where the variant is scaled and stays so, or `KeepInstanceCount` is true."
        ),
        "ExcludeRetainedVariantProperties": Listed(
            WRITTEN + "data capture and weights, which the new configuration settles."
        ),
        "DeploymentConfig": by("DeploymentConfig"),
        "RetainDeploymentConfig": Listed("Each update is sent the DeploymentConfig of its own deployment."),
    },
}


def reference() -> str:
    """Return the counts and one table for each request or structure, in the order of the service model."""
    return "\n".join([_count(), *(line for shape in MEMBERS for line in _table(shape))])


def members_of(shape: str) -> list[str]:
    """Return the members of a shape in the newest botocore."""
    return list(newest_model().shape_for(shape).members)


def _count() -> str:
    decisions = [one for members in MEMBERS.values() for one in members.values()]
    exposed = sum(isinstance(one, Exposed) for one in decisions)
    return (
        f"{len(decisions)} members in botocore {newest_version()}: {exposed} exposed, "
        f"{len(decisions) - exposed} listed with a reason."
    )


def _table(shape: str) -> Iterator[str]:
    yield from (
        "",
        f"## {shape.removesuffix('Input')}",
        "",
        "| member | field, or why there is none |",
        "| --- | --- |",
    )
    for member in members_of(shape):
        yield f"| `{member}` | {_decided(MEMBERS[shape][member])} |"


def _decided(decision: Exposed | Listed) -> str:
    if isinstance(decision, Listed):
        return decision.reason
    fields = ", ".join(f"**`{name}`**" for name in decision.fields)
    return f"{fields}. {decision.note}".removesuffix(". ")
