"""The user's script, and the toolkit's defaults for what it leaves out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from types import ModuleType
from typing import Any

from slipway_local.container.codecs import decode, encode
from slipway_local.container.settings import Settings

TRIO = ("input_fn", "predict_fn", "output_fn")


@dataclass(frozen=True)
class Script:
    """The functions that serve; all but `transform_fn` are set, and `transform_fn` replaces the three."""

    model_fn: Callable[..., Any]
    input_fn: Callable[..., Any]
    predict_fn: Callable[..., Any]
    output_fn: Callable[..., Any]
    transform_fn: Callable[..., Any] | None


def import_script(settings: Settings) -> Script:
    """Import SAGEMAKER_PROGRAM from the submit directory. Raises whatever the user's module raises."""
    sys.path.insert(0, str(settings.submit_directory))
    return script_of(importlib.import_module(settings.module))


def script_of(module: ModuleType) -> Script:
    """Fill in the defaults. Raises ValueError for transform_fn beside one of the three it replaces."""
    transform_fn = getattr(module, "transform_fn", None)
    if transform_fn is not None and any(hasattr(module, name) for name in TRIO):
        raise ValueError(
            "Cannot use transform_fn implementation in conjunction with "
            "input_fn, predict_fn, and/or output_fn implementation"
        )
    return Script(
        model_fn=getattr(module, "model_fn", default_model_fn),
        input_fn=getattr(module, "input_fn", decode),
        predict_fn=getattr(module, "predict_fn", default_predict_fn),
        output_fn=getattr(module, "output_fn", default_output_fn),
        transform_fn=transform_fn,
    )


def call(function: Callable[..., Any], *arguments: Any, context: Any) -> Any:
    """Call a handler, with the context as last argument where it takes one more, as the toolkit does."""
    wanted = len(signature(function).parameters)
    if wanted == len(arguments):
        return function(*arguments)
    if wanted == len(arguments) + 1:
        return function(*arguments, context)
    name = getattr(function, "__name__", repr(function))
    raise TypeError(f"{name} takes {wanted} arguments but {len(arguments)} were given.")


def default_model_fn(model_dir: str) -> Any:
    """Refuse: no image knows how a user's model was saved."""
    raise NotImplementedError(
        "Please provide a model_fn implementation. "
        "See documentation for model_fn at https://sagemaker.readthedocs.io/en/stable/"
    )


def default_predict_fn(data: Any, model: Any) -> Any:
    """Call `model.predict`, the default of the scikit-learn and XGBoost images; others refuse."""
    if not hasattr(model, "predict"):
        raise NotImplementedError(
            "Please provide a predict_fn implementation. "
            "See documentation for predict_fn at https://sagemaker.readthedocs.io/en/stable/"
        )
    return model.predict(data)


def default_output_fn(prediction: Any, accept: str) -> tuple[str | bytes, str]:
    """Encode as the Accept header says."""
    return encode(prediction, accept), accept
