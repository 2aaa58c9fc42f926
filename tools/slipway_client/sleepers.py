"""Endpoints that idle cleanup deleted and no deployment of Slipway had made: only tags tell what wakes them."""

from __future__ import annotations

from slipway.domain.resource_names import name_of
from slipway.domain.tags import ENDPOINT
from slipway.domain.versions import last_served
from slipway.use_cases.idle_deletion_ports import Tagged, TagIndex


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
