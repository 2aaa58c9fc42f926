"""Load the model, listen on a free loopback port, report it, serve until the end."""

from __future__ import annotations

import logging
import os
import sys

from waitress.server import create_server

from slipway_local.container.lifeline import hold_on_to_standard_input
from slipway_local.container.script import import_script
from slipway_local.container.server import application
from slipway_local.container.settings import Settings
from slipway_local.container.tracebacks import of_the_script
from slipway_local.container.transformer import Transformer


def main() -> None:
    """Run the container; an exception of the script's at load ends it with a traceback and exit code 1."""
    hold_on_to_standard_input()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings.from_environment(os.environ)
    # A process that the script starts must not hold the pipe open: the parent reads its end as our death.
    os.set_inheritable(settings.port_pipe, False)
    _warn_of_requirements(settings)
    _serve(_loaded(settings), settings.port_pipe)


def _loaded(settings: Settings) -> Transformer:
    try:
        return Transformer(import_script(settings), str(settings.model_dir), settings.default_accept)
    except Exception as error:  # noqa: BLE001 - whatever the script raises, the log tells
        sys.exit(of_the_script(error))


def _warn_of_requirements(settings: Settings) -> None:
    requirements = settings.submit_directory / "requirements.txt"
    if requirements.is_file():
        logging.info("On AWS the image installs %s at start; the local stack does not", requirements.name)


def _serve(transformer: Transformer, port_pipe: int) -> None:
    server = create_server(application(transformer), host="127.0.0.1", port=0)
    with os.fdopen(port_pipe, "w") as pipe:
        pipe.write(f"{server.effective_port}\n")
    server.run()


if __name__ == "__main__":
    main()
