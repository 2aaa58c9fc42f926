"""The scikit-learn image's defaults around a user's module, over sagemaker-containers.

After https://github.com/aws/sagemaker-scikit-learn-container, `serving.py`. The module is loaded by the first request
that a worker gets, which is SageMaker's first ping.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sagemaker_containers.beta.framework import content_types, encoders, env, worker
from script_mode import transformer_of

from sagemaker_sklearn_container.exceptions import UserError

_application: Any = None


def default_input_fn(input_data: Any, content_type: str) -> Any:
    """Decode; text becomes float32."""
    array = encoders.decode(input_data, content_type)
    if content_type in content_types.UTF8_TYPES:
        return array.astype("float32")
    return array


def default_predict_fn(input_data: Any, model: Any) -> Any:
    """Call the model's predict."""
    return model.predict(input_data)


DEFAULTS = {"input_fn": default_input_fn, "predict_fn": default_predict_fn}


def initialize() -> None:
    """Prepare a worker: nothing is loaded before the first request."""


def main(environ: Any, start_response: Any) -> Any:
    """Serve as a WSGI application. Raises what the user's module raises, which gunicorn answers with 500."""
    global _application  # noqa: PLW0603 - one for each worker, as in the image
    if _application is None:
        serving = env.ServingEnv()
        module = import_module(serving.module_name)
        user_transformer = transformer_of(module, DEFAULTS, UserError)
        user_transformer.initialize()
        _application = worker.Worker(
            transform_fn=user_transformer.transform,
            module_name=serving.module_name,
            execution_parameters_fn=getattr(module, "execution_parameters_fn", None),
        )
    return _application(environ, start_response)
