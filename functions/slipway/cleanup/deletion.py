"""The deletion of an idle endpoint: as tags of the configuration that wakes it, as an event, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from slipway.deployment.tags import ENDPOINT, IDLE_DELETED_AT, IDLE_DELETED_BY, IDLE_INSTANCES, IDLE_SINCE
from slipway.deployment.timestamps import format_instant


class Estimate(NamedTuple):
    """What an endpoint costs an hour, in US dollars, and by which prices: never a bill."""

    usd_per_hour: float
    prices: str


@dataclass(frozen=True)
class IdleDeletion:
    """An endpoint that was deleted, or is about to be; instants are aware. No price known, no estimate."""

    endpoint_name: str
    config_name: str
    config_arn: str
    idle_since: datetime
    deleted_at: datetime
    instances: int
    estimate: Estimate | None = None

    @property
    def wake_input(self) -> dict[str, str]:
        """Return the execution input that brings the endpoint back."""
        return {"EndpointName": self.endpoint_name, "EndpointConfigName": self.config_name}

    def tags(self, stack: str) -> dict[str, str]:
        """Return what the configuration bears, so that the deletion can be told and undone by anybody later."""
        return {
            ENDPOINT: self.endpoint_name,
            IDLE_DELETED_BY: stack,
            IDLE_DELETED_AT: format_instant(self.deleted_at),
            IDLE_SINCE: format_instant(self.idle_since),
            IDLE_INSTANCES: str(self.instances),
        }

    def event(self) -> dict[str, Any]:
        """Return the detail of the event `Idle Endpoint Deleted`."""
        return {
            "EndpointName": self.endpoint_name,
            "EndpointConfigName": self.config_name,
            "DeletedAt": format_instant(self.deleted_at),
            "IdleSince": format_instant(self.idle_since),
            "IdleMinutes": int((self.deleted_at - self.idle_since).total_seconds() // 60),
            "EstimatedCostPerHour": self._cost(),
            "WakeInput": self.wake_input,
        }

    def _cost(self) -> dict[str, Any] | None:
        if self.estimate is None:
            return None
        return {"Amount": self.estimate.usd_per_hour, "Currency": "USD", "Prices": self.estimate.prices}


def deletion_of(config_arn: str, config_name: str, tags: Mapping[str, str]) -> IdleDeletion:
    """Return the deletion that a configuration's tags tell of. Raises `ValueError` or `KeyError` for other tags."""
    return IdleDeletion(
        endpoint_name=tags[ENDPOINT],
        config_name=config_name,
        config_arn=config_arn,
        idle_since=datetime.fromisoformat(tags[IDLE_SINCE]),
        deleted_at=datetime.fromisoformat(tags[IDLE_DELETED_AT]),
        instances=int(tags[IDLE_INSTANCES]),
    )
