"""Versions of an endpoint: configurations that were in service, as their tags tell."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.deployment.tags import IDLE_ANNOUNCED_AT, IDLE_DELETED_AT, IN_SERVICE_AT

Tags = Mapping[str, str]


def last_served(tags: Tags) -> str:
    """Return when a configuration served last, as far as is known (ISO 8601, sorts as text); empty if it never did.

    It went into service at `slipway:in-service-at`, and was still in service when idle cleanup deleted its endpoint.
    """
    return max(tags.get(IN_SERVICE_AT, ""), tags.get(IDLE_DELETED_AT, ""))


def is_deleted_idle(tags: Tags) -> bool:
    """Say whether idle cleanup deleted the endpoint from this configuration, and it was not in service since."""
    return tags.get(IDLE_DELETED_AT, "") > tags.get(IN_SERVICE_AT, "")


def is_to_be_announced(tags: Tags) -> bool:
    """Say whether idle cleanup meant to delete the endpoint, and has not told anybody that it is gone."""
    return tags.get(IDLE_DELETED_AT, "") > tags.get(IDLE_ANNOUNCED_AT, "")
