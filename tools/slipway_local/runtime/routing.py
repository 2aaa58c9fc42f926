"""Which variant serves an invocation."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from slipway_local.ports import ServingVariant


def choose_variant(variants: Sequence[ServingVariant], target: str | None, random: Random) -> ServingVariant | None:
    """Return the named variant, whatever its weight, or one by weight; None where no variant has the name.

    A shadow variant is never chosen: it cannot be asked by name either.
    """
    variants = [variant for variant in variants if not variant.is_shadow]
    if target is not None:
        return next((variant for variant in variants if variant.name == target), None)
    weights = [variant.weight for variant in variants]
    if not any(weights):
        # SageMaker documents no behaviour for weights that are all 0; an even share serves.
        weights = [1.0] * len(variants)
    return random.choices(variants, weights)[0]


def shadow_of(variants: Sequence[ServingVariant], random: Random) -> ServingVariant | None:
    """Return the shadow variant that gets a copy of a request; None where there is none, or this one is not sampled.

    The share of requests that is copied is the shadow's weight by the production variant's, all of them at most. AWS
    publishes the percentage of a shadow test, and no rule for weights; this one is ours.
    """
    shadow = next((variant for variant in variants if variant.is_shadow), None)
    if shadow is None:
        return None
    production = sum(variant.weight for variant in variants if not variant.is_shadow)
    return shadow if random.random() * production < shadow.weight else None
