"""What hosting costs an hour: a dated table of AWS's prices in one region, and what its user puts over it.

An estimate, and never a bill: prices change, differ between regions, and are reduced by Savings Plans. A type that the
table does not have has no price, because a guess would look like one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from math import isfinite
from typing import Any

from slipway.errors import InputRefused

TABLE = "us-east-1.json"
OVERRIDE = "the prices that were given"
EXAMPLE = '{"ml.m5.xlarge": 0.23}'


class PricesInvalid(InputRefused):
    """The prices that were given for estimates are not a JSON object of US dollars an hour."""


@dataclass(frozen=True)
class Prices:
    """US dollars an hour by instance type; `as_of` is their region and date."""

    by_type: Mapping[str, float]
    as_of: str

    def hourly_price(self, instance_type: str, count: int = 1) -> float | None:
        """Return what so many instances of a type cost an hour, in US dollars; None where the type has no price."""
        price = self.by_type.get(instance_type)
        return None if price is None else price * count


def load_prices(override: str = "") -> Prices:
    """Return the table, with the prices of a JSON object `{type: US dollars an hour}` put over it.

    Raises `PricesInvalid`.
    """
    table = json.loads(files(__name__).joinpath(TABLE).read_text(encoding="utf-8"))
    as_of = f"{table['Region']}, {table['Collected']}"
    given = _given(override)
    return Prices({**table["HourlyPrices"], **given}, f"{as_of}, and {OVERRIDE}" if given else as_of)


def _given(text: str) -> dict[str, float]:
    if not text.strip():
        return {}
    try:
        given = json.loads(text)
    except ValueError as error:
        raise PricesInvalid(f"The prices are not JSON ({error}): write an object such as {EXAMPLE}") from error
    if not isinstance(given, dict):
        raise PricesInvalid(f"The prices are not a JSON object: write one such as {EXAMPLE}")
    for name, price in given.items():
        if not _is_price(price):
            raise PricesInvalid(f"The price of {name} is {price!r}, but must be US dollars an hour, as in {EXAMPLE}")
    return given


def _is_price(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
