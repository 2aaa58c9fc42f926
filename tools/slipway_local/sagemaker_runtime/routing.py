"""Which variant serves an invocation."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from slipway_local.ports import ServingVariant


def choose_variant(variants: Sequence[ServingVariant], target: str | None, random: Random) -> ServingVariant | None:
    """Return the named variant, whatever its weight, or one by weight; None where no variant has the name."""
    if target is not None:
        return next((variant for variant in variants if variant.name == target), None)
    weights = [variant.weight for variant in variants]
    if not any(weights):
        # SageMaker documents no behaviour for weights that are all 0; an even share serves.
        weights = [1.0] * len(variants)
    return random.choices(variants, weights)[0]
