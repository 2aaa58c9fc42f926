"""The parts of a deployment input: its variants, its inference components, or the containers of a model.

Each part is an input of its own, with what the whole says for all of them, so that rules are stated once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]

SOURCE_FIELDS = ("ModelDataUrl", "ModelDataSource", "TrainingJobName")
IMAGE_FIELDS = ("Framework", "FrameworkVersion", "PyVersion", "BaseFrameworkVersion", "ImageUri", "ImageConfig")
ADDITIONAL = "AdditionalModelDataSources"
# What a container says of itself.
CONTAINER_FIELDS = (*SOURCE_FIELDS, ADDITIONAL, *IMAGE_FIELDS, "Environment", "Mode", "MultiModelConfig")
MODEL_FIELDS = (
    *CONTAINER_FIELDS,
    "ModelPackageArn",
    "InferenceSpecificationName",
    "Containers",
    "InferenceExecutionConfig",
    "ExecutionRoleArn",
    "VpcConfig",
    "EnableNetworkIsolation",
)
HOSTING_KINDS = ("InstanceType", "InstancePools", "ServerlessConfig")
# What only instances have.
INSTANCE_FIELDS = (
    "InitialInstanceCount",
    "VolumeSizeInGB",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
    "InferenceAmiVersion",
    "VariantInstanceProvisionTimeoutInSeconds",
    "CapacityReservationConfig",
    "RoutingConfig",
    "CoreDumpConfig",
    "EnableSSMAccess",
    "ManagedInstanceScaling",
)
HOSTING_FIELDS = (*HOSTING_KINDS, *INSTANCE_FIELDS)
PRODUCTION, SHADOW = VARIANTS = ("ProductionVariants", "ShadowProductionVariants")
COMPONENTS = "InferenceComponents"
# The StartupParameters of an inference component.
STARTUP_FIELDS = ("ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds")
# What an inference component says of its model; the instances are those of the whole.
COMPONENT_FIELDS = (
    *SOURCE_FIELDS,
    ADDITIONAL,
    *IMAGE_FIELDS,
    "Environment",
    "ModelPackageArn",
    "InferenceSpecificationName",
    *STARTUP_FIELDS,
)
OF_ALL_CONTAINERS = ("Containers", "InferenceExecutionConfig", "SmokeTest")
# A variant or a component that has one of these takes none of the fields after it from the whole.
SETTLES = {
    **dict.fromkeys(SOURCE_FIELDS, SOURCE_FIELDS),
    **dict.fromkeys(IMAGE_FIELDS, IMAGE_FIELDS),
    **dict.fromkeys(HOSTING_KINDS, HOSTING_KINDS),
    "ServerlessConfig": (*HOSTING_FIELDS, "AutoScaling"),
    "ModelPackageArn": (*SOURCE_FIELDS, *IMAGE_FIELDS),
    "Containers": (*CONTAINER_FIELDS, "ModelPackageArn"),
    "ModelName": MODEL_FIELDS,
}


def parts_of(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each part as `Containers[0]` and an input of its own; nothing for one variant of one container."""
    if PRODUCTION in document:
        for kind in VARIANTS:
            for position, variant in enumerate(document.get(kind, [])):
                yield f"{kind}[{position}]", _of_part(document, variant)
        return
    if COMPONENTS in document:
        for position, component in enumerate(document[COMPONENTS]):
            yield f"{COMPONENTS}[{position}]", _of_part(document, component)
        return
    shared = {name: value for name, value in document.items() if name not in OF_ALL_CONTAINERS}
    for position, container in enumerate(document.get("Containers", [])):
        yield f"Containers[{position}]", {**shared, **container}


def _of_part(document: Document, part: Document) -> dict[str, Any]:
    settled = {*VARIANTS, COMPONENTS, *(other for name in part for other in SETTLES.get(name, ()))}
    return {**{name: value for name, value in document.items() if name not in settled}, **part}


def data_sources_of(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield each S3DataSource of a container in SageMaker's own form, with where it is."""
    if "ModelDataSource" in document:
        yield "ModelDataSource.S3DataSource", document["ModelDataSource"]["S3DataSource"]
    for position, source in enumerate(document.get(ADDITIONAL, [])):
        yield f"{ADDITIONAL}[{position}].S3DataSource", source["S3DataSource"]
