"""A user's module over sagemaker-containers, with an image's own defaults for what it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sagemaker_containers.beta.framework import encoders, transformer, worker


def default_output_fn(prediction: Any, accept: str) -> Any:
    """Encode as Accept says."""
    return worker.Response(response=encoders.encode(prediction, accept), mimetype=accept)


def transformer_of(module: Any, defaults: Mapping[str, Callable[..., Any]], user_error: type[Exception]) -> Any:
    """Return the transformer of a user's module; `defaults` has input_fn and predict_fn.

    Raises `user_error` for transform_fn beside one of the three that it replaces.
    """
    three = {name: getattr(module, name, None) for name in ("input_fn", "predict_fn", "output_fn")}
    model_fn = getattr(module, "model_fn", transformer.default_model_fn)
    transform_fn = getattr(module, "transform_fn", None)
    if transform_fn is None:
        own = {name: function for name, function in three.items() if function}
        return transformer.Transformer(model_fn=model_fn, **{"output_fn": default_output_fn, **defaults, **own})
    if any(three.values()):
        raise user_error("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
    return transformer.Transformer(model_fn=model_fn, transform_fn=transform_fn)
