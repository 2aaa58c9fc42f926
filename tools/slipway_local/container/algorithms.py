"""What an archive is served as: a script of its own, or one of SageMaker's built-in algorithms.

Each is a module with `load(settings) -> Model`, imported only when it is the one: what it imports is in that
algorithm's environment alone.
"""

from __future__ import annotations

from importlib import import_module

from slipway_local.container.server import Model
from slipway_local.container.settings import Settings

MODULES = {
    "object-detection": "slipway_local.container.object_detection",
    "script-mode": "slipway_local.container.transformer",
    "stand-in": "slipway_local.container.stand_in",
    "xgboost": "slipway_local.container.xgboost_model",
}


def load_model(algorithm: str, settings: Settings) -> Model:
    """Return the loaded model. Raises whatever the script, or the algorithm's library, raises for the archive."""
    model: Model = import_module(MODULES[algorithm]).load(settings)
    return model
