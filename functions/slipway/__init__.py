"""Slipway: the product package. Domain, use cases, adapters, contracts and the image catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slipway.images import resolve_image

__all__ = ["resolve_image"]


def __getattr__(name: str) -> object:
    """Import the catalogue's code only for those who resolve images: every handler imports this package."""
    if name != "resolve_image":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from slipway.images import resolve_image  # noqa: PLC0415 - see above

    return resolve_image
