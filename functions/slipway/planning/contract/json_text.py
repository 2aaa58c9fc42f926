"""JSON that others wrote: what two readers could take for two things is no JSON here."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NoReturn

from slipway.deployment.escaping import quoted


def parse_json(text: str | bytes) -> object:
    """Return a JSON text's value.

    Raises `ValueError`, whose message says why, for what is not JSON (RFC 8259), for NaN and infinities, which Python
    would take, for a field that stands twice, of which readers take this one or that, and for what is nested too deep.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_doubles)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((double, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the field {quoted(double)} stands there twice")
    return found
