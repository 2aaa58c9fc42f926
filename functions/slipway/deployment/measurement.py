"""One value for CloudWatch."""

from __future__ import annotations

from typing import NamedTuple


class Measurement(NamedTuple):
    """A value for CloudWatch; `unit` is one of its units, `dimensions` are added to those that all have."""

    name: str
    unit: str
    value: float
    dimensions: dict[str, str]
