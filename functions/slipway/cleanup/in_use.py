"""What the endpoints of the account use at this moment, whoever made them: nothing of that is ever removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from slipway.aws.retry import Retrier
from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_index import TagIndex
from slipway.cleanup.ports import Listing
from slipway.deployment.endpoint_status import models_of, pending_config
from slipway.deployment.tags import ENDPOINT_CONFIG
from slipway.errors import NotFound, Refused

MAX_DESCRIBED = 300  # endpoints that no deployment of Slipway's has tagged: each costs two calls


class TooManyEndpoints(Refused):
    """There are more endpoints than may be described."""


class ResourcesInUse:
    """Configurations by name, and models, in use; names are compared without regard to case, as ARNs have them.

    Endpoints that Slipway deployed say in a tag what they serve; all others are described. Whatever is about to be
    removed asks once more, for the endpoint that it was made for.
    """

    def __init__(
        self,
        listing: Listing,
        index: TagIndex,
        sagemaker: SageMaker,
        retrier: Retrier,
        max_described: int = MAX_DESCRIBED,
    ) -> None:
        self._listing = listing
        self._index = index
        self._sagemaker = sagemaker
        self._retrier = retrier
        self._max_described = max_described
        self._configs: set[str] = set()
        self._models: set[str] = set()

    def read(self) -> None:
        """Read what is in use. Raises `TooManyEndpoints`, `OutOfTime`, and what the calls raise."""
        tagged = self._retrier.pages(lambda token: self._index.tagged(("endpoint",), ENDPOINT_CONFIG, None, token))
        said = {arn.lower(): tags[ENDPOINT_CONFIG] for arn, tags in tagged}
        self._configs = {name.lower() for name in said.values()}
        others = [one.name for one in self._retrier.pages(self._listing.endpoints) if one.arn.lower() not in said]
        if len(others) > self._max_described:
            raise TooManyEndpoints(
                f"{len(others)} endpoints were not deployed by Slipway, "
                f"and {self._max_described} at most are looked at."
            )
        for name in others:
            self._add(name)

    def has(self, config_or_model: str, endpoint_name: str) -> bool:
        """Say whether something is in use, the endpoint that it was made for looked at again."""
        self._add(endpoint_name)
        return config_or_model.lower() in self._configs | self._models

    def _add(self, endpoint_name: str) -> None:
        try:
            endpoint = self._retrier(lambda: self._sagemaker.describe_endpoint(endpoint_name))
        except NotFound:
            return
        configs = [name for name in (endpoint["EndpointConfigName"], pending_config(endpoint)) if name]
        self._configs |= {name.lower() for name in configs}
        self._models |= {name.lower() for config in configs for name in models_of(self._described(config))}

    def _described(self, config_name: str) -> Mapping[str, Any]:
        try:
            return self._retrier(lambda: self._sagemaker.describe_endpoint_config(config_name))
        except NotFound:
            return {}  # deleted under the endpoint's feet: it serves on, and nobody can say what


def names_of(configs: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the models of configurations, in lower case."""
    return frozenset(name.lower() for config in configs for name in models_of(config))
