"""What a transform job costs while it runs, beside the same instances behind an endpoint: an estimate, never a bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from slipway.prices import Prices
from slipway.prices.hosting_cost import HOURS_A_MONTH


class TransformPrice(TypedDict):
    """US dollars an hour for all instances of a job, by which prices, and a month of an endpoint on the same ones.

    The price of hosting is taken, which is the one that the table has. That it is equal is an assumption: AWS's price
    list has usage types of its own for batch transform (`Tsform:` beside `Host:`), and docs/batch.md has its reason.
    """

    PerHour: float
    EndpointPerMonth: float
    Prices: str


def transform_price(resources: Mapping[str, Any], prices: Prices) -> TransformPrice | None:
    """Return the price of a job's TransformResources; None where the type has none."""
    hourly = prices.hourly_price(resources["InstanceType"], resources["InstanceCount"])
    if hourly is None:
        return None
    return TransformPrice(
        PerHour=round(hourly, 4), EndpointPerMonth=round(hourly * HOURS_A_MONTH, 2), Prices=prices.as_of
    )
