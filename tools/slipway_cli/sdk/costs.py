"""What an endpoint costs, as an estimate."""

from __future__ import annotations

from slipway.prices import Prices
from slipway.prices.hosting_cost import cost_per_hour
from slipway_cli.sdk.endpoints import Endpoint


def hourly_cost(endpoint: Endpoint, prices: Prices) -> float | None:
    """Return what an endpoint's instances cost an hour, in US dollars; None where a type has no price.

    A serverless endpoint costs by the request, and has no price an hour.
    """
    return cost_per_hour(endpoint.instances, prices.hourly_price) if endpoint.instances else None
