"""The server of the scikit-learn and XGBoost images: gunicorn with gevent, behind nginx.

Started as `server.start` of sagemaker-containers does.

Run as a program in the image's environment, with the module that serves and the listening socket's descriptor.
"""

from __future__ import annotations

import collections
import collections.abc
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from slipway_local.containers.http_front import Answer
from slipway_local.containers.nginx import proxy

TIMEOUT = "SAGEMAKER_MODEL_SERVER_TIMEOUT"
WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"
PROGRAM, SUBMIT_DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"


def start(serving_module: str) -> tuple[Answer, Callable[[], int]]:
    """Start gunicorn over a module's `main`; return what answers, and what waits for its end."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    os.set_inheritable(listener.fileno(), True)
    gunicorn = subprocess.Popen(
        [sys.executable, "-m", __name__, serving_module, str(listener.fileno())], pass_fds=(listener.fileno(),)
    )
    port: int = listener.getsockname()[1]
    listener.close()  # gunicorn's alone: what connects after its end is refused
    return proxy(port, float(os.environ.get(TIMEOUT, "60"))), gunicorn.wait


def main(serving_module: str, descriptor: str) -> None:
    """Import the user's module and serve: an exception of the module ends the container."""
    # The images replace it in sagemaker-containers; Python has it no more since 3.10.
    collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
    install_module()
    application = import_module("gunicorn.app.base").BaseApplication

    class Application(application):  # type: ignore[misc, valid-type]
        def load_config(self) -> None:
            workers = int(os.environ.get(WORKERS) or 1)
            self.cfg.set("bind", f"fd://{descriptor}")
            self.cfg.set("workers", workers)
            self.cfg.set("worker_class", "gevent")
            self.cfg.set("worker_connections", 1000 * workers)
            self.cfg.set("timeout", int(os.environ.get(TIMEOUT, "60")))
            self.cfg.set("worker_tmp_dir", os.environ.get("TMPDIR"))
            if "control_socket_disable" in self.cfg.settings:  # gunicorn 25 and later write one beside the program
                self.cfg.set("control_socket_disable", True)

        def load(self) -> Any:
            return load_application(serving_module)

    Application().run()


def load_application(serving_module: str) -> Any:
    """Return the WSGI application of a worker."""
    module = import_module(serving_module)
    module.initialize()
    return module.main


def install_module() -> None:
    """Make the user's module importable and import it, as `modules.import_module` of sagemaker-containers does.

    It installs the module with pip; here its folder is copied to where it also unpacks it. Raises what the module
    raises, as an error whose name is sagemaker-containers' own.
    """
    program = os.environ.get(PROGRAM)
    framework = import_module("sagemaker_containers.beta.framework")
    errors = import_module("sagemaker_containers._errors")
    environment = framework.env.ServingEnv()
    if not environment.module_name:
        return
    assert program is not None
    directory, code = str(environment.module_dir), str(import_module("sagemaker_containers._env").code_dir)
    if not directory.startswith("s3://") and Path(directory) != Path(code):
        shutil.copytree(directory, code, dirs_exist_ok=True)
    sys.path.insert(0, code)
    try:
        import_module(environment.module_name)
    except Exception as error:  # noqa: BLE001 - whatever the module raises
        # With the frames of the user's module, as there.
        import_module("six").reraise(errors.ImportModuleError, errors.ImportModuleError(error), error.__traceback__)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
