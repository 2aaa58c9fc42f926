"""The endpoints of a stack: what each serves, on what, since when.

Three calls an endpoint after the listing: `ListEndpoints` says neither which configuration nor which instances, and
an endpoint's own tags say what was deployed last, which is not what it serves after a rollback.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slipway.aws.sagemaker import Boto3SageMaker
from slipway.aws.tag_index import INDEX_LAG
from slipway.deployment.endpoint_status import pending_config
from slipway.deployment.tags import ARTIFACT, STACK
from slipway.errors import NotFound
from slipway.prices.hosting_cost import hosted_on
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target

AT_ONCE = 8  # endpoints described side by side; boto3's clients may be shared between threads


class EndpointNotFound(ClientError):
    """There is no endpoint of this name."""


@dataclass(frozen=True)
class Hosting:
    """Where a variant runs. `instance_type` is empty for a serverless one; a pool's is the first that is tried."""

    variant: str
    instance_type: str
    instance_count: int


@dataclass(frozen=True)
class Endpoint:
    """One endpoint as it is now. `kind` is RealTime, Serverless or Asynchronous; times are aware of their zone.

    `pending_config` is what an update in progress leads to, and `artifact` the URI of the archive, or the model
    package's ARN, that the configuration was made of; empty where no deployment said it. `instances` counts those of
    all variants, shadow ones too, by type.
    """

    name: str
    arn: str
    status: str
    created: datetime
    modified: datetime
    config_name: str
    pending_config: str | None
    kind: str
    hosting: tuple[Hosting, ...]
    instances: Mapping[str, int]
    failure_reason: str
    artifact: str
    tags: Mapping[str, str]

    @property
    def runs_on(self) -> str:
        """Return where it runs now: `ml.m5.large x 2`, a variant after the other, or `serverless`."""
        parts = [
            f"{one.instance_type} x {one.instance_count}" if one.instance_type else "serverless" for one in self.hosting
        ]
        return ", ".join(parts) + (" async" if self.kind == "Asynchronous" else "")


def list_endpoints(target: Target, *, of_any_stack: bool = False, now: datetime | None = None) -> list[Endpoint]:
    """Return the endpoints of the target's stack by name, or all of the account and region."""
    sagemaker = Boto3SageMaker(target.client("sagemaker"))
    tags = _Tags(target, sagemaker, now or datetime.now(UTC))
    listed = list(_listed(target.client("sagemaker")))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tagged = [(item, found) for item, found in zip(listed, pool.map(tags.of, listed), strict=True)]
        ours = [(item, found) for item, found in tagged if of_any_stack or found.get(STACK) == target.stack]
        described = pool.map(lambda one: _described(sagemaker, one[0]["EndpointName"], one[1]), ours)
        return [endpoint for endpoint in described if endpoint]


def describe_endpoint(target: Target, name: str) -> Endpoint:
    """Return one endpoint, of whatever stack. Raises `EndpointNotFound`."""
    found = find_endpoint(target, name)
    if found is None:
        raise EndpointNotFound(
            f"There is no endpoint {name} in {target.region}: `slipway endpoints` lists those there are, and "
            f"`slipway wake {name}` brings a deleted one back."
        )
    return found


def find_endpoint(target: Target, name: str) -> Endpoint | None:
    """Return one endpoint, of whatever stack; None where there is none of this name."""
    return _described(Boto3SageMaker(target.client("sagemaker")), name, None)


class _Tags:
    """The tags of listed endpoints: a page of the index for every hundred, and a call for those just changed."""

    def __init__(self, target: Target, sagemaker: Boto3SageMaker, now: datetime) -> None:
        self._sagemaker = sagemaker
        self._now = now
        self._index = _index(target)

    def of(self, item: Mapping[str, Any]) -> Mapping[str, str]:
        if self._now - item["LastModifiedTime"] > INDEX_LAG:
            return self._index.get(item["EndpointArn"], {})
        try:
            return self._sagemaker.tags(item["EndpointArn"])
        except NotFound:
            return {}


def _index(target: Target) -> dict[str, dict[str, str]]:
    pages = target.client("resourcegroupstaggingapi").get_paginator("get_resources")
    found = pages.paginate(ResourceTypeFilters=["sagemaker:endpoint"], ResourcesPerPage=100)
    return {
        item["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in item["Tags"]}
        for page in found
        for item in page["ResourceTagMappingList"]
    }


def _listed(client: Any) -> Iterator[Mapping[str, Any]]:
    pages = client.get_paginator("list_endpoints").paginate(SortBy="Name", SortOrder="Ascending", MaxResults=100)
    return (item for page in pages for item in page["Endpoints"])


def _described(sagemaker: Boto3SageMaker, name: str, tags: Mapping[str, str] | None) -> Endpoint | None:
    """Return an endpoint; None when it is gone. Its configuration may be deleted while it goes on serving."""
    try:
        endpoint = sagemaker.describe_endpoint(name)
        found = sagemaker.tags(endpoint["EndpointArn"]) if tags is None else tags
    except NotFound:
        return None
    config = _config(sagemaker, endpoint["EndpointConfigName"])
    return Endpoint(
        name=name,
        arn=endpoint["EndpointArn"],
        status=endpoint["EndpointStatus"],
        created=endpoint["CreationTime"],
        modified=endpoint["LastModifiedTime"],
        config_name=endpoint["EndpointConfigName"],
        pending_config=pending_config(endpoint),
        kind=_kind(config),
        hosting=tuple(_hosting(variant, endpoint) for variant in config.get("ProductionVariants", [])),
        instances=hosted_on(endpoint, config),
        failure_reason=endpoint.get("FailureReason", ""),
        artifact=_artifact(sagemaker, config),
        tags=found,
    )


def _config(sagemaker: Boto3SageMaker, name: str) -> Mapping[str, Any]:
    try:
        return sagemaker.describe_endpoint_config(name)
    except NotFound:
        return {}


def _artifact(sagemaker: Boto3SageMaker, config: Mapping[str, Any]) -> str:
    try:
        return sagemaker.tags(config["EndpointConfigArn"]).get(ARTIFACT, "") if config else ""
    except NotFound:
        return ""


def _kind(config: Mapping[str, Any]) -> str:
    if "AsyncInferenceConfig" in config:
        return "Asynchronous"
    serverless = any("ServerlessConfig" in variant for variant in config.get("ProductionVariants", []))
    return "Serverless" if serverless else "RealTime"


def _hosting(variant: Mapping[str, Any], endpoint: Mapping[str, Any]) -> Hosting:
    """Return what a variant runs on now: scaling moves its count, and a pool may have started another type."""
    running: Mapping[str, Any] = next(
        (one for one in endpoint.get("ProductionVariants", []) if one["VariantName"] == variant["VariantName"]), {}
    )
    pools = sorted(variant.get("InstancePools", []), key=lambda pool: pool["Priority"])
    instance_type = variant.get("InstanceType") or (pools[0]["InstanceType"] if pools else "")
    count = running.get("CurrentInstanceCount", variant.get("InitialInstanceCount", 0))
    return Hosting(variant["VariantName"], instance_type, count if instance_type else 0)
