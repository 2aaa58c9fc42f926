"""What each family of images runs.

The function of a family begins its server and returns what answers on the container's port, and what waits for the
server's end.
"""

from __future__ import annotations

import os
import uuid
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from slipway_local.containers import gunicorn_server
from slipway_local.containers.model_server import MAX_REQUEST, ModelServer, Settings
from slipway_local.containers.worker_protocol import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from slipway_local.containers.http_front import Answer

    Started = tuple[Answer, Callable[[], int]]
MODEL_DIR = "SM_MODEL_DIR"
TORCHSERVE = "SAGEMAKER_TS_"


def sklearn() -> Started:
    """Start scikit-learn."""
    return gunicorn_server.start("sagemaker_sklearn_container.serving")


def xgboost() -> Started:
    """Start XGBoost, the built-in algorithm and script mode."""
    return gunicorn_server.start("sagemaker_xgboost_container.serving")


def toolkit() -> Started:
    """Start the inference toolkit over multi-model-server: MXNet's images, and the images that users build with it."""
    return _multi_model_server("sagemaker_inference.default_handler_service")


def huggingface() -> Started:
    """Start Hugging Face's toolkit over multi-model-server."""
    if find_spec("torch") or find_spec("tensorflow"):
        return _multi_model_server("sagemaker_huggingface_inference_toolkit.handler_service")
    return _multi_model_server("huggingface_without_torch")


def pytorch() -> Started:
    """Start PyTorch's handler over TorchServe."""
    model_dir = os.environ[MODEL_DIR]
    handler = _file_of("sagemaker_pytorch_serving_container.handler_service")
    # The worker imports the handler's file by its name alone.
    path = [os.environ.get("PYTHONPATH", ""), str(Path(handler).parent)]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    batch = any(name.startswith(TORCHSERVE) for name in os.environ)
    metrics = Path(_file_of("ts")).parent / "configs" / "metrics.yaml"
    return _model_server(
        Settings(
            worker=lambda port: (
                _file_of("ts.model_service_worker"), *_on(port), "--metrics-config", str(metrics),
            ),
            last_of_load=lambda: text("") + b"\x01",
            model_dir=_linked(model_dir),
            model_url=model_dir,
            handler=f"{handler}:handle",
            workers=int(_torchserve("MAX_WORKERS", "1") if batch else _workers()),
            timeout=float(_torchserve("RESPONSE_TIMEOUT", "60") if batch else _timeout()),
            batch_size=int(_torchserve("BATCH_SIZE", "1")),
            batch_delay=int(_torchserve("MAX_BATCH_DELAY", "100")) / 1000,
            is_always_healthy=True,
        )
    )  # fmt: skip


def _multi_model_server(handler: str) -> Started:
    model_dir = os.environ[MODEL_DIR]
    limit = os.environ.get("SAGEMAKER_MAX_REQUEST_SIZE") or None
    return _model_server(
        Settings(
            worker=lambda port: (
                _file_of("mms.model_service_worker"),
                *_on(port),
                "--tmp-dir",
                os.environ["TMPDIR"],
                "--handler",
                handler,
                "--model-path",
                model_dir,
                "--model-name",
                "model",
                "--preload-model",
                "false",
            ),
            last_of_load=lambda: text(str(uuid.uuid4())),
            model_dir=model_dir,
            model_url=model_dir,
            handler=handler,
            workers=int(_workers()),
            timeout=float(os.environ.get("SAGEMAKER_MODEL_SERVER_TIMEOUT_SECONDS") or 60 * float(_timeout())),
            remapped_output=True,
            max_request=int(limit) << 20 if limit else MAX_REQUEST,
        )
    )


def _model_server(settings: Settings) -> Started:
    # The toolkits put the archive's code/ first, whatever SAGEMAKER_SUBMIT_DIRECTORY says, the servers the model last.
    own = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [f"{os.environ[MODEL_DIR]}/code", own, settings.model_dir]))
    os.environ.update(MMS_DECODE_INPUT_REQUEST="false", TS_DECODE_INPUT_REQUEST="false")
    server = ModelServer(settings)
    server.start()
    return server.answer, server.wait


def _linked(model_dir: str) -> str:
    """Return the folder that TorchServe serves: a link in its temporary folder, to the only folder where it is one."""
    entries = list(Path(model_dir).iterdir())
    target = entries[0] if len(entries) == 1 and entries[0].is_dir() else Path(model_dir)
    link = Path(os.environ["TMPDIR"], "models", uuid.uuid4().hex, target.name)
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    return str(link)


def _on(port: int) -> tuple[str, ...]:
    return ("--sock-type", "tcp", "--host", "127.0.0.1", "--port", str(port))


def _workers() -> str:
    return os.environ.get(gunicorn_server.WORKERS) or "1"


def _timeout() -> str:
    return os.environ.get(gunicorn_server.TIMEOUT) or "60"


def _torchserve(name: str, default: str) -> str:
    return os.environ.get(f"{TORCHSERVE}{name}", default)


def _file_of(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return spec.origin
