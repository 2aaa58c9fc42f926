"""Rules between fields, which a schema of single fields cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict, InputRefused
from slipway.images.model_servers import MODEL_VARIABLES
from slipway.planning.contract.aws_rules import check_aws_rules
from slipway.planning.contract.components import check_components
from slipway.planning.contract.guardrails import check_deployment_config
from slipway.planning.contract.parts import (
    COMPONENTS,
    CONTAINER_FIELDS,
    HOSTING_KINDS,
    INSTANCE_FIELDS,
    MODEL_FIELDS,
    PRODUCTION,
    SOURCE_FIELDS,
    data_sources_of,
    parts_of,
)
from slipway.planning.contract.scaling import check_scaling, check_size
from slipway.planning.contract.smoke_test import check_smoke_test

SOURCES = (*SOURCE_FIELDS, "ModelPackageArn")
IMAGE_DETAILS = ("FrameworkVersion", "PyVersion", "BaseFrameworkVersion")
RESERVED_TAGS = ("aws:", "slipway:")
MAX_TAGS = 30  # SageMaker takes 50 on a resource, and up to 20 are ours

# Exclusions of serverless inference, as the SageMaker developer guide lists them under
# "Serverless Inference: feature exclusions", and the fields that only instances have.
NOT_SERVERLESS = (
    *INSTANCE_FIELDS,
    "AsyncInferenceConfig",
    "DataCaptureConfig",
    "VpcConfig",
    "EnableNetworkIsolation",
)
# What a redeployment of an existing configuration may still say; the rest is settled by that configuration.
WITH_ENDPOINT_CONFIG = (
    "EndpointName",
    "EndpointConfigName",
    "DeploymentConfig",
    "AutoScaling",
    "SmokeTest",
    "TrafficAnalysis",
    "KeepInstanceCount",
    "IdleAfterMinutes",
    "Protected",
    "Adopt",
    "DeadlineMinutes",
    "Message",
    "Tags",
)


def check_rules(document: Mapping[str, Any], region: str = "") -> None:
    """Check what fields say together. Without a Region, rules about Regions are not checked.

    Raises `FieldsConflict`, `FieldMissing`, `FieldInvalid` or `DeploymentConfigInvalid`.
    """
    _tags_are_free(document)
    if "EndpointConfigName" in document:
        _only_with_endpoint_config(document)
        check_deployment_config(document)
        check_scaling(document)
    elif COMPONENTS in document:
        check_components(document)
        check_aws_rules(document, region)
        _check_models(document, region)
    elif PRODUCTION in document:
        check_aws_rules(document, region)
        for where, variant in parts_of(document):
            with _at(where):
                _check_variant(variant, region)
    else:
        _check_variant(document, region)
    check_size(document)
    check_smoke_test(document)


def _check_variant(document: Mapping[str, Any], region: str) -> None:
    """Check what is hosted by one variant, which may be all of an input."""
    _fields_go_together(document)
    check_deployment_config(document)
    check_scaling(document)
    check_aws_rules(document, region)
    _check_models(document, region)


def _check_models(document: Mapping[str, Any], region: str) -> None:
    """Check the parts of an input, each a container or an inference component."""
    for where, part in parts_of(document):
        with _at(where):
            _check_model(part)
            check_aws_rules(part, region)


@contextmanager
def _at(where: str) -> Iterator[None]:
    """Let a refusal begin with the part that it is about."""
    try:
        yield
    except InputRefused as refusal:
        raise type(refusal)(f"{where}: {refusal}") from None


def _fields_go_together(document: Mapping[str, Any]) -> None:
    if "Containers" in document:
        _excluded(document, "Containers", (*CONTAINER_FIELDS, "ModelPackageArn"))
    elif "ModelName" in document:
        _excluded(document, "ModelName", MODEL_FIELDS)
    else:
        _check_model(document)
    _at_most_one(document, HOSTING_KINDS, "where the model is hosted")
    if "SmokeTest" in document:
        # An asynchronous endpoint answers into S3 and takes no InvokeEndpoint.
        _excluded(document, "SmokeTest", ("AsyncInferenceConfig",))
    if "TrafficAnalysis" in document:
        # Nor does it publish what the analysis compares.
        _excluded(document, "TrafficAnalysis", ("AsyncInferenceConfig",))
    if "ServerlessConfig" in document:
        _excluded(document, "ServerlessConfig", (*NOT_SERVERLESS, "Containers"))


def _check_model(document: Mapping[str, Any]) -> None:
    _one_source(document)
    _at_most_one(document, ("Framework", "ImageUri"), "which image serves the model")
    _details_need_framework(document)


def _only_with_endpoint_config(document: Mapping[str, Any]) -> None:
    others = [name for name in document if name not in WITH_ENDPOINT_CONFIG]
    if others:
        raise FieldsConflict(
            f"EndpointConfigName and {others[0]} exclude each other: an existing configuration already settles "
            f"{others[0]}; remove one of the two."
        )


def _one_source(document: Mapping[str, Any]) -> None:
    if not any(name in document for name in SOURCES):
        _image_loads_the_model(document)
    _at_most_one(document, SOURCES, "where the model comes from")
    _sources_are_whole(document)
    if "InferenceSpecificationName" in document and "ModelPackageArn" not in document:
        raise FieldMissing(
            "ModelPackageArn is missing: InferenceSpecificationName is one of a model package; add the package, or "
            "remove InferenceSpecificationName."
        )
    if "ModelPackageArn" in document:
        _excluded(document, "ModelPackageArn", ("Framework", "ImageUri", *IMAGE_DETAILS))
    details = [name for name in IMAGE_DETAILS if name in document]
    if "TrainingJobName" in document and details and not ("Framework" in document or "ImageUri" in document):
        raise FieldMissing(
            f"Framework is missing: {details[0]} narrows it down; add Framework, or remove {details[0]} to take the "
            "training job's own image."
        )


def _sources_are_whole(document: Mapping[str, Any]) -> None:
    for where, source in data_sources_of(document):
        if "ServerlessConfig" in document and "ModelAccessConfig" in source:
            raise FieldsConflict(
                f"ServerlessConfig and {where}.ModelAccessConfig exclude each other: SageMaker takes the model by "
                "ModelDataUrl there, which accepts no licence; remove ModelAccessConfig."
            )
        wanted = ("S3Prefix", "None") if source["S3Uri"].endswith("/") else ("S3Object", "Gzip")
        if (source["S3DataType"], source["CompressionType"]) != wanted:
            raise FieldInvalid(
                f"{where} has S3DataType {source['S3DataType']} and CompressionType {source['CompressionType']}, but "
                f"its S3Uri needs {wanted[0]} and {wanted[1]}: S3Prefix and None go with a prefix that ends with /, "
                "S3Object and Gzip with a .tar.gz."
            )


def _image_loads_the_model(document: Mapping[str, Any]) -> None:
    """Check a document without a source: an image of one's own may bring its model; these frameworks need its name."""
    if "ImageUri" in document:
        return
    framework = document.get("Framework", "")
    if framework not in MODEL_VARIABLES:
        raise FieldMissing(
            "ModelDataUrl is missing: add the archive, for example s3://my-bucket/models/my-endpoint/model.tar.gz, "
            "or TrainingJobName, or ModelPackageArn, or EndpointConfigName to redeploy an existing configuration."
        )
    variables = MODEL_VARIABLES[framework]
    if variables and not any(document.get("Environment", {}).get(name) for name in variables):
        raise FieldMissing(
            f"Environment.{variables[0]} is missing: {framework} loads the model that it names, for example "
            "Qwen/Qwen3-4B; add it, or ModelDataUrl."
        )


def _at_most_one(document: Mapping[str, Any], names: tuple[str, ...], what: str) -> None:
    given = [name for name in names if name in document]
    if len(given) > 1:
        raise FieldsConflict(f"{' and '.join(given)} exclude each other: each says {what}; keep one of them.")


def _details_need_framework(document: Mapping[str, Any]) -> None:
    if "ImageUri" in document:
        _excluded(document, "ImageUri", IMAGE_DETAILS)


def _excluded(document: Mapping[str, Any], field: str, names: tuple[str, ...]) -> None:
    given = [name for name in names if name in document]
    if given:
        raise FieldsConflict(f"{field} and {given[0]} exclude each other: remove {given[0]}, or {field}.")


def _tags_are_free(document: Mapping[str, Any]) -> None:
    tags = document.get("Tags", [])
    if len(tags) > MAX_TAGS:
        raise FieldInvalid(f"Tags has {len(tags)} items, but must have at most {MAX_TAGS}: Slipway adds up to 20.")
    first_uses: dict[str, int] = {}
    for index, tag in enumerate(tags):
        if tag["Key"].lower().startswith(RESERVED_TAGS):
            raise FieldInvalid(
                f'Tags[{index}].Key is "{tag["Key"]}", but must not begin with aws: or slipway:, which are reserved; '
                "choose another key."
            )
        # SageMaker compares keys without regard to case: "Duplicate tag keys found".
        first = first_uses.setdefault(tag["Key"].lower(), index)
        if first != index:
            raise FieldInvalid(
                f'Tags[{index}].Key is "{tag["Key"]}", as Tags[{first}].Key is: keys differ by more than case; '
                "remove one of the two."
            )
