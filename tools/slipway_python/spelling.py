"""Names as Python spells them, and as SageMaker does."""

from __future__ import annotations

import re


def pascal(argument: str) -> str:
    """Return `MinCapacity` for `min_capacity`."""
    return "".join(part[:1].upper() + part[1:] for part in argument.split("_"))


def snake(name: str) -> str:
    """Return `min_capacity` for `MinCapacity`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
