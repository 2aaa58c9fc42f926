"""Whether a model's prefix still has what a configuration was deployed with: nothing of it was copied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from slipway.aws.s3 import Listings
from slipway.aws.sagemaker import SageMaker
from slipway.deployment.deployment import Deployment
from slipway.deployment.endpoint_status import models_of
from slipway.deployment.tags import LISTING
from slipway.errors import ArtifactPrefixChanged, NotFound
from slipway.preflight.inspect_prefix import digest_of


def check_prefix(deployment: Deployment, sagemaker: SageMaker, listings: Listings) -> None:
    """Check the prefix of an existing configuration that is to be put back.

    SageMaker loads what is below the prefix when an instance starts. Raises `ArtifactPrefixChanged`.
    """
    if not deployment.is_redeployment:
        return
    with suppress(NotFound):  # CreateEndpoint names what does not exist
        config = sagemaker.describe_endpoint_config(deployment.plan["EndpointConfigName"])
        deployed = sagemaker.tags(config["EndpointConfigArn"]).get(LISTING)
        if deployed is not None:
            _check(deployed, config, sagemaker, listings)


def _check(deployed: str, config: dict[str, Any], sagemaker: SageMaker, listings: Listings) -> None:
    found = {}
    for uri in _prefixes_of(config, sagemaker):
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        found[digest_of(listings.listed(bucket, prefix), prefix)] = uri
    if not set(deployed.split()) <= found.keys():
        raise ArtifactPrefixChanged(
            f"EndpointConfigName is {config['EndpointConfigName']}, whose model loads {' and '.join(found.values())}, "
            "but what is below it has changed since the configuration was deployed: restore its objects, or deploy the "
            "prefix as it is now."
        )


def _prefixes_of(config: dict[str, Any], sagemaker: SageMaker) -> Iterator[str]:
    for name in sorted(models_of(config)):
        model = sagemaker.describe_model(name)
        for container in model.get("Containers") or [model["PrimaryContainer"]]:
            uri = str(container.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri", ""))
            if uri.endswith("/"):
                yield uri
