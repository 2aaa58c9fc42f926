"""Whether what a model loads without a copy is what its configuration was deployed with: a prefix, a large archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from slipway.aws.model_archives import keys_of_model
from slipway.aws.s3 import Listings
from slipway.aws.sagemaker import SageMaker
from slipway.deployment.deployment import Deployment
from slipway.deployment.endpoint_status import models_of
from slipway.deployment.plan import bucket_and_key
from slipway.deployment.tags import LISTING
from slipway.errors import ArtifactPrefixChanged, NotFound
from slipway.preflight.inspect_prefix import digest_of


def check_prefix(deployment: Deployment, sagemaker: SageMaker, listings: Listings) -> None:
    """Check what an existing configuration that is to be put back loads.

    SageMaker loads it when an instance starts. Raises `ArtifactPrefixChanged`.
    """
    if not deployment.is_redeployment:
        return
    with suppress(NotFound):  # CreateEndpoint names what does not exist
        config = sagemaker.describe_endpoint_config(deployment.plan["EndpointConfigName"])
        deployed = sagemaker.tags(config["EndpointConfigArn"]).get(LISTING)
        if deployed is not None:
            _check(deployed, config, sagemaker, listings)


def _check(deployed: str, config: dict[str, Any], sagemaker: SageMaker, listings: Listings) -> None:
    found = {_digest(uri, listings): uri for uri in _left_in_place(config, sagemaker)}
    if not set(deployed.split()) <= found.keys():
        raise ArtifactPrefixChanged(
            f"EndpointConfigName is {config['EndpointConfigName']}, whose model loads {' and '.join(found.values())}, "
            "but what is there has changed since the configuration was deployed: restore the objects, or deploy the "
            "model as it is now."
        )


def _digest(uri: str, listings: Listings) -> str:
    bucket, key = bucket_and_key(uri)
    listed = listings.listed(bucket, key)
    return digest_of(listed, key) if key.endswith("/") else next((one.etag for one in listed if one.key == key), "")


def _left_in_place(config: dict[str, Any], sagemaker: SageMaker) -> Iterator[str]:
    for name in sorted(models_of(config)):
        model = sagemaker.describe_model(name)
        copies = keys_of_model(name, model)
        for container in model.get("Containers") or [model["PrimaryContainer"]]:
            sources = [container.get("ModelDataSource", {}), *container.get("AdditionalModelDataSources", [])]
            uris = [source["S3DataSource"]["S3Uri"] for source in sources if source]
            yield from (uri for uri in uris if not uri.endswith(tuple(f"/{key}" for key in copies)))
