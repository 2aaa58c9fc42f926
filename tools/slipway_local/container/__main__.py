"""Load the model, listen on a free loopback port, report it, serve until the end."""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Callable
from functools import partial

from waitress.server import create_server

from slipway_local.container.algorithms import load_model
from slipway_local.container.lifeline import hold_on_to_standard_input
from slipway_local.container.server import Model, application
from slipway_local.container.settings import Settings
from slipway_local.container.tracebacks import of_the_script
from slipway_local.container.workers import OneAtATime, run_workers


def main(algorithm: str) -> None:
    """Run the container; an exception at load, the script's for one, ends it with a traceback and exit code 1."""
    hold_on_to_standard_input()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests wait is no news
    settings = Settings.from_environment(os.environ)
    # A process that the script starts must not hold the pipe open: the parent reads its end as our death.
    os.set_inheritable(settings.port_pipe, False)
    listener = socket.create_server(("127.0.0.1", 0))
    report = partial(_report, listener, settings.port_pipe)
    if settings.workers is None:
        model = _loaded(algorithm, settings)
        report()
        _serve(listener, model)
    else:
        run_workers(settings.workers, listener, partial(_work, algorithm, settings), report, settings.port_pipe)


def _work(algorithm: str, settings: Settings, listener: socket.socket, loaded: Callable[[], None]) -> None:
    model = OneAtATime(_loaded(algorithm, settings))
    loaded()
    _serve(listener, model)


def _loaded(algorithm: str, settings: Settings) -> Model:
    try:
        return load_model(algorithm, settings)
    except Exception as error:  # noqa: BLE001 - whatever the script raises, the log has it
        sys.exit(of_the_script(error))


def _report(listener: socket.socket, port_pipe: int) -> None:
    with os.fdopen(port_pipe, "w") as pipe:
        pipe.write(f"{listener.getsockname()[1]}\n")


def _serve(listener: socket.socket, model: Model) -> None:
    create_server(application(model), sockets=[listener]).run()


if __name__ == "__main__":
    main(sys.argv[1])
