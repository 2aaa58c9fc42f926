"""The XGBoost image: algorithm mode, or, where SAGEMAKER_PROGRAM is set, script mode over sagemaker-containers.

After https://github.com/aws/sagemaker-xgboost-container, `serving.py`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from sagemaker_algorithm_toolkit.exceptions import UserError
from sagemaker_containers.beta.framework import env, worker
from script_mode import transformer_of

from sagemaker_xgboost_container import algorithm, encoder

_application: Any = None


def default_input_fn(input_data: Any, content_type: str) -> Any:
    """Decode to a DMatrix."""
    return encoder.decode(input_data, content_type)


def default_predict_fn(input_data: Any, model: Any) -> Any:
    """Call the booster's predict."""
    return model.predict(input_data, validate_features=False)


DEFAULTS = {"input_fn": default_input_fn, "predict_fn": default_predict_fn}


def initialize() -> None:
    """Prepare a worker: in algorithm mode the models are loaded now, and one that cannot be ends the server."""
    global _application  # noqa: PLW0603 - one for each worker, as in the image
    if env.ServingEnv().module_name is None:
        _application = algorithm.application(algorithm.load(algorithm.model_folder()))


def main(environ: Any, start_response: Any) -> Any:
    """Serve as a WSGI application. Raises what the user's module raises, which gunicorn answers with 500."""
    global _application  # noqa: PLW0603 - likewise
    if _application is None:
        module_name = env.ServingEnv().module_name
        user_transformer = transformer_of(import_module(module_name), DEFAULTS, UserError)
        user_transformer.initialize()
        _application = worker.Worker(transform_fn=user_transformer.transform, module_name=module_name)
    return _application(environ, start_response)
