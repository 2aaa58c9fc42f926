"""The members of SageMaker's API that the local SageMaker does not enact.

Those in `NOT_HERE` are refused by name: a client that sets them would get something else than it asked for. Those in
`NO_EFFECT` are accepted and described: what they change cannot be seen on one machine. A name stands for the members
inside it too. docs/local-stack.md is generated from both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway_local.sagemaker.errors import refused

# A member of a container or a variant stands for each list that has it.
SAME = {
    "Container": ("PrimaryContainer", "Containers"),
    "Variant": ("ProductionVariants", "ShadowProductionVariants"),
}
COMPONENTS = "an instance is not divided"
SPECIFICATION: Mapping[str, str] = {
    "Specification.BaseInferenceComponentName": "no server here loads adapters",
    "Specification.InstanceType": "one instance type is here",
    "Specifications": "one instance type is here",
}
UNSEEN_OF_COMPONENTS: Mapping[str, str] = {
    "Specification.ComputeResourceRequirements": "components share this machine",
    "Specification.Container.ContainerMetricsConfig": "containers publish no metrics of their own",
    "Specification.DataCacheConfig": "nothing is cached",
    "Specification.SchedulingConfig": "one machine is here",
}
UNPUBLISHED = "no package is published on AWS Marketplace"

NOT_HERE: Mapping[str, Mapping[str, str]] = {
    "CreateModel": {
        "Container.ModelDataSource.S3DataSource.HubAccessConfig": "no hub is here",
        "Container.ModelDataSource.S3DataSource.ManifestS3Uri": "model data are one archive",
        "Container.ModelDataSource.S3DataSource.ManifestEtag": "model data are one archive",
        "Container.AdditionalModelDataSources.S3DataSource.HubAccessConfig": "no hub is here",
        "Container.AdditionalModelDataSources.S3DataSource.ManifestS3Uri": "model data are one archive",
        "Container.AdditionalModelDataSources.S3DataSource.ManifestEtag": "model data are one archive",
    },
    "CreateEndpointConfig": {
        "Variant.AcceleratorType": "Elastic Inference has ended",
        "Variant.AcceleratorPartitionLayouts": COMPONENTS,
        "CrossRegionTrafficConfig": "one Region is here",
        "ExplainerConfig": "no explainer is here",
    },
    "CreateInferenceComponent": SPECIFICATION,
    "UpdateInferenceComponent": SPECIFICATION,
    "CreateTransformJob": {
        "DataCaptureConfig": "nothing captures what a job transforms",
        "ExperimentConfig": "no experiment is here",
    },
    "CreateModelPackage": {
        "ValidationSpecification": "no batch transform validates a package",
        "SourceAlgorithmSpecification": "no algorithm of AWS Marketplace is here; give InferenceSpecification",
    },
}
NO_EFFECT: Mapping[str, Mapping[str, str]] = {
    "CreateModel": {
        "Container.ImageConfig": "images are not pulled",
        "Container.ModelDataSource.S3DataSource.ModelAccessConfig": "no model is gated",
        "Container.AdditionalModelDataSources.S3DataSource.ModelAccessConfig": "no model is gated",
        "Container.ContainerMetricsConfig": "containers publish no metrics of their own",
        "VpcConfig": "containers are processes of this machine; the role needs the permissions all the same",
        "EnableNetworkIsolation": "containers are processes of this machine",
    },
    "CreateEndpointConfig": {
        "Variant.CapacityReservationConfig": "nothing is reserved",
        "Variant.CoreDumpConfig": "containers dump no core",
        "Variant.EnableSSMAccess": "no instance is here",
        "Variant.InferenceAmiVersion": "no instance is here",
        "Variant.RoutingConfig": "one container serves a variant",
        "Variant.VariantInstanceProvisionTimeoutInSeconds": "instances start at once",
        "DataCaptureConfig.KmsKeyId": "captured data are stored without a key",
        "AsyncInferenceConfig.OutputConfig.KmsKeyId": "responses are stored without a key",
        "KmsKeyId": "no volume is here",
        "MetricsConfig": "metrics are published each minute",
        "Variant.ManagedInstanceScaling": "components share this machine",
        "VpcConfig": "containers are processes of this machine",
        "EnableNetworkIsolation": "containers are processes of this machine",
    },
    "CreateInferenceComponent": UNSEEN_OF_COMPONENTS,
    "UpdateInferenceComponent": {**UNSEEN_OF_COMPONENTS, "DeploymentConfig": "one container serves all copies"},
    "CreateEndpoint": {"DeploymentConfig.RollingUpdatePolicy.RollbackMaximumBatchSize": "a rollback takes one step"},
    "UpdateEndpoint": {"DeploymentConfig.RollingUpdatePolicy.RollbackMaximumBatchSize": "a rollback takes one step"},
    "CreateTransformJob": {
        "TransformOutput.KmsKeyId": "outputs are stored without a key",
        "TransformResources.VolumeKmsKeyId": "no volume is here",
        "TransformResources.TransformAmiVersion": "no instance is here",
    },
    "CreateModelPackage": {
        "CertifyForMarketplace": UNPUBLISHED,
        "SkipModelValidation": "no package is validated",
    },
    "DescribeModelPackage": {"IncludedData": "a model card is always shown whole"},
    "UpdateModelPackage": {"ClientToken": "a repeated request changes nothing"},
}


def paths(table: Mapping[str, Mapping[str, str]], operation: str) -> Iterator[tuple[str, str]]:
    """Yield the path of each member of a table, with the reason: `ProductionVariants.AcceleratorType`."""
    for path, reason in table.get(operation, {}).items():
        first, dot, rest = path.partition(".")
        yield from ((f"{name}{dot}{rest}", reason) for name in SAME.get(first, (first,)))


def refuse_members(operation: str, params: Mapping[str, Any]) -> None:
    """Raise `SageMakerError` for a member that is not here."""
    for path, reason in paths(NOT_HERE, operation):
        if _is_given(params, path.split(".")):
            raise refused(f"The local SageMaker does not support {path}: {reason}.")


def _is_given(value: Any, path: list[str]) -> bool:
    if isinstance(value, list):
        return any(_is_given(item, path) for item in value)
    if not path:
        return True
    return path[0] in value and _is_given(value[path[0]], path[1:])
