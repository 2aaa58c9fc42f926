"""What all endpoints of the account use at this moment, the stack's and others. Nothing of that is removed.

SageMaker does not refuse to delete a configuration or a model that an endpoint uses: the endpoint serves on until an
instance is replaced or added, and fails then. So non-use is proved before anything is removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from slipway.aws.endpoint_listing import EndpointListing, ListedEndpoint
from slipway.aws.inference_components import model_of
from slipway.aws.model_archives import ModelArchives
from slipway.aws.retry import Retrier
from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_index import TagIndex
from slipway.deployment.endpoint_status import BUSY, DELETE_ONLY, MIXED, models_of, pending_config
from slipway.deployment.hosting_kind import HostingKind, hosting_kind
from slipway.deployment.names import is_content_addressed
from slipway.deployment.tags import ENDPOINT_CONFIG, IN_SERVICE_AT
from slipway.deployment.timestamps import parse_instant
from slipway.errors import NotFound, Refused
from slipway.versions.version import Tags

MAX_DESCRIBED = 300  # endpoints of one reading: each costs two calls


class TooManyEndpoints(Refused):
    """More endpoints would have to be described than may be: nothing is removed."""


@dataclass(frozen=True)
class VersionAws:
    """What versions are read from, and removed with."""

    sagemaker: SageMaker
    archives: ModelArchives
    listing: EndpointListing
    index: TagIndex
    retry: Retrier


class ResourcesInUse:
    """Configurations and models in use, compared without regard to case, as ARNs have them.

    `read` describes every endpoint of the account, except those whose tags prove what they serve: of endpoints that
    have not changed since the deployment that wrote their tags. Each question describes the endpoint that the
    configuration or model was made for once more. `ignored` is an endpoint that is about to be deleted. One that is
    Failed uses nothing: "DeleteEndpoint is the only operation that can be performed on a failed endpoint" (API
    reference, DescribeEndpoint).
    """

    def __init__(self, aws: VersionAws, max_described: int = MAX_DESCRIBED, ignored: str = "") -> None:
        self._aws = aws
        self._max_described = max_described
        self._ignored = ignored
        self._configs: set[str] = set()
        self._models: set[str] = set()
        self._unreadable: dict[str, str] = {}  # endpoints whose configuration is gone, and its name
        self._mixed: set[str] = set()  # endpoints with two configurations, of which one is not known

    def read(self, created: datetime | None = None) -> None:
        """Read what is in use. Raises `TooManyEndpoints`, `OutOfTime`, and what the calls raise.

        `created` is when the first of what is asked about can have been created at the earliest, and says that its tags
        name no other deployment: then only endpoints that changed since may use it, and none that deployments of
        Slipway's are changing now, which mark what they are going to use. In a burst these are many.
        """
        to_describe = []
        for endpoint, tags in self._endpoints(created):
            config = _proven_config(endpoint, tags)
            if config:
                self._configs.add(config.lower())
            elif created is None or endpoint.status not in BUSY or ENDPOINT_CONFIG not in tags:
                to_describe.append(endpoint.name)
        if len(to_describe) > self._max_described:
            raise TooManyEndpoints(
                f"what {len(to_describe)} endpoints use has to be described, and {self._max_described} are at most."
            )
        for name in to_describe:
            self._describe(name)

    def has_config(self, name: str) -> bool:
        """Say whether a configuration was in use when that was read, or may have been."""
        return bool(self._mixed) or name.lower() in self._configs

    def uses_config(self, name: str, endpoint_name: str) -> bool:
        """Say whether a configuration that was made for an endpoint is in use."""
        self._describe(endpoint_name)
        return self.has_config(name)

    def uses_model(self, name: str, endpoint_name: str) -> bool:
        """Say whether a model that was made for an endpoint is in use, or may be.

        Of an endpoint whose configuration was deleted it is not known which models it uses.
        """
        self._describe(endpoint_name)
        return bool(self._unreadable or self._mixed) or name.lower() in self._models

    @property
    def doubts(self) -> list[str]:
        """Return why configurations or models stay that may be unused, in sentences."""
        mixed = [
            f"Configurations and models stay: the endpoint {name} is {MIXED}, which serves two configurations and "
            "names one. Deploy it again, or delete it."
            for name in sorted(self._mixed)
        ]
        return mixed + [
            f"Models stay: the endpoint {name} serves the configuration {config}, which was deleted, so that nothing "
            "says which models it uses. Deploy it again, or delete it."
            for name, config in self._unreadable.items()
        ]

    def _endpoints(self, changed_since: datetime | None) -> Iterator[tuple[ListedEndpoint, Tags]]:
        pages, index, listing = self._aws.retry.pages, self._aws.index, self._aws.listing
        tagged = pages(lambda token: index.tagged(("endpoint",), ENDPOINT_CONFIG, None, token))
        tags = {arn.lower(): found for arn, found in tagged}
        for endpoint in pages(lambda token: listing.endpoints(token, changed_since)):
            if endpoint.name != self._ignored:
                yield endpoint, tags.get(endpoint.arn.lower(), {})

    def _describe(self, endpoint_name: str) -> None:
        sagemaker, retry = self._aws.sagemaker, self._aws.retry
        if not endpoint_name:
            return
        try:
            endpoint = retry(lambda: sagemaker.describe_endpoint(endpoint_name))
        except NotFound:
            endpoint = None
        if endpoint is None or endpoint["EndpointStatus"] in DELETE_ONLY:
            self._unreadable.pop(endpoint_name, None)
            self._mixed.discard(endpoint_name)
            return
        if endpoint["EndpointStatus"] == MIXED:
            self._mixed.add(endpoint_name)
        else:
            self._mixed.discard(endpoint_name)
        for name in (endpoint["EndpointConfigName"], pending_config(endpoint)):
            if name:
                self._configs.add(name.lower())
                self._models |= self._models_of(name, endpoint_name)

    def _models_of(self, config_name: str, endpoint_name: str) -> set[str]:
        sagemaker, retry = self._aws.sagemaker, self._aws.retry
        try:
            config: Mapping[str, Any] = retry(lambda: sagemaker.describe_endpoint_config(config_name))
        except NotFound:
            self._unreadable[endpoint_name] = config_name
            return set()
        if hosting_kind(config) == HostingKind.COMPONENTS:
            return {name.lower() for name in self._models_of_components(endpoint_name)}
        return {name.lower() for name in models_of(config)}

    def _models_of_components(self, endpoint_name: str) -> Iterator[str]:
        listing, retry = self._aws.listing, self._aws.retry
        for name in retry.pages(lambda token: listing.components(endpoint_name, token)):
            with suppress(NotFound):
                yield model_of(retry(partial(listing.describe_component, name)))


def _proven_config(endpoint: ListedEndpoint, tags: Tags) -> str | None:
    """Return the configuration that an endpoint's tags prove it serves; None where only its description can.

    The tags are written when a deployment has found the endpoint InService with it; an update from then on changes the
    status, and after that LastModifiedTime. The models of a configuration of another name are not known from tags.
    """
    served_at, config = parse_instant(tags.get(IN_SERVICE_AT, "")), tags.get(ENDPOINT_CONFIG, "")
    unchanged = endpoint.status == "InService" and served_at is not None and endpoint.modified <= served_at
    return config if unchanged and is_content_addressed(config, endpoint.name) else None
