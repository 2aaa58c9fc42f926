"""Slipway: the product package, and the names of its Python API where that is installed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slipway.images import resolve_image
    from slipway_python import (
        Deployment,
        DeploymentFailed,
        DeploymentSuperseded,
        Endpoint,
        TransformFailed,
        TransformJob,
        deploy,
        endpoint,
        endpoints,
        transform,
    )

__all__ = [
    "Deployment",
    "DeploymentFailed",
    "DeploymentSuperseded",
    "Endpoint",
    "TransformFailed",
    "TransformJob",
    "deploy",
    "endpoint",
    "endpoints",
    "resolve_image",
    "transform",
]


def __getattr__(name: str) -> object:
    """Import what is used, when it is used: every handler imports this package, and ships without the Python API."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("slipway.images" if name == "resolve_image" else "slipway_python"), name)


def __dir__() -> list[str]:
    """Let the completion of a notebook list what is not imported yet."""
    return [*globals(), *__all__]
