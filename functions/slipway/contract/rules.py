"""Rules between fields, which a schema of single fields cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict

INSTANCE_HOSTING = ("InstanceType", "InstancePools", "ServerlessConfig")
IMAGE_DETAILS = ("FrameworkVersion", "PyVersion", "BaseFrameworkVersion")
RESERVED_TAGS = ("aws:", "slipway:")
MOST_TAGS = 44  # SageMaker takes 50 on a resource, and up to six are ours

# Exclusions of serverless inference, as the SageMaker developer guide lists them under
# "Serverless Inference: feature exclusions", and the fields that only instances have.
NOT_SERVERLESS = (
    "InitialInstanceCount",
    "VolumeSizeInGB",
    "ModelDataDownloadTimeoutInSeconds",
    "ContainerStartupHealthCheckTimeoutInSeconds",
    "InferenceAmiVersion",
    "AsyncInferenceConfig",
    "DataCaptureConfig",
    "VpcConfig",
    "EnableNetworkIsolation",
)
# What a redeployment of an existing configuration may still say; the rest is settled by that configuration.
WITH_ENDPOINT_CONFIG = ("EndpointName", "EndpointConfigName", "DeploymentConfig", "DeadlineMinutes", "Tags")


def check_rules(document: Mapping[str, Any]) -> None:
    """Check what fields say together. Raises `FieldsConflict`, `FieldMissing` or `FieldInvalid`."""
    _tags_are_free(document)
    if "EndpointConfigName" in document:
        _only_with_endpoint_config(document)
        return
    if "ModelDataUrl" not in document:
        raise FieldMissing(
            "ModelDataUrl is missing: add the archive, for example s3://my-bucket/models/my-endpoint/model.tar.gz, "
            "or EndpointConfigName to redeploy an existing configuration."
        )
    _at_most_one(document, INSTANCE_HOSTING, "where the model is hosted")
    _at_most_one(document, ("Framework", "ImageUri"), "which image serves the model")
    _details_need_framework(document)
    if "ServerlessConfig" in document:
        _excluded(document, "ServerlessConfig", NOT_SERVERLESS)


def _only_with_endpoint_config(document: Mapping[str, Any]) -> None:
    others = [name for name in document if name not in WITH_ENDPOINT_CONFIG]
    if others:
        raise FieldsConflict(
            f"EndpointConfigName and {others[0]} exclude each other: an existing configuration already settles "
            f"{others[0]}; remove one of the two."
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
    if len(tags) > MOST_TAGS:
        raise FieldInvalid(f"Tags has {len(tags)} items, but must have at most {MOST_TAGS}: Slipway adds up to six.")
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
