"""Endpoints that idle cleanup deleted and no deployment of Slipway had made: only tags tell what wakes them."""

from __future__ import annotations

from slipway.aws.tag_index import Tagged, TagIndex
from slipway.deployment.resource_names import name_of
from slipway.deployment.tags import ENDPOINT
from slipway.versions.version import last_served


def config_of_sleeper(endpoint_name: str, index: TagIndex) -> str | None:
    """Return the configuration of an endpoint that served last, as far as tags tell; None where none does."""
    token, found = "", list[Tagged]()
    while True:
        page = index.tagged(("endpoint-config",), ENDPOINT, endpoint_name, token)
        found += [one for one in page.items if last_served(one[1])]
        token = page.token
        if not token:
            break
    arn, tags = max(found, key=lambda one: last_served(one[1]), default=("", {}))
    return name_of(arn, tags) if arn else None
