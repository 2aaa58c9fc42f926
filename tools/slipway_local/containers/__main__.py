"""Start a family's server, listen on a free loopback port, report it, serve until the end."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from importlib import import_module

from slipway_local.containers import root
from slipway_local.containers.lifeline import hold_on_to_standard_input
from slipway_local.containers.settings import PORT_PIPE

PACKAGE = "slipway_local.containers"
# Families that serve without a model server of AWS's: the module, and what starts it.
OWN = {
    "lmi": ("language_model", "lmi"),
    "object-detection": ("ssd_network", "start"),
    "openai": ("language_model", "openai"),
    "stand-in": ("stand_in", "start"),
    "tei": ("language_model", "tei"),
    "tgi": ("language_model", "tgi"),
}


def main(family: str) -> None:
    """Run the container until its server ends."""
    see_own_files()
    hold_on_to_standard_input()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    port_pipe = int(os.environ.pop(PORT_PIPE))
    # A process that the script starts must not hold the pipe open: the parent reads its end as our death.
    os.set_inheritable(port_pipe, False)
    module, start = OWN.get(family, ("families", family))
    answer, wait = getattr(import_module(f"{PACKAGE}.{module}"), start)()
    listener = socket.create_server(("127.0.0.1", 0))
    with os.fdopen(port_pipe, "w") as pipe:
        pipe.write(f"{listener.getsockname()[1]}\n")
    serve = import_module("slipway_local.containers.http_front").serve
    threading.Thread(target=serve, args=(listener, answer), daemon=True).start()
    code = wait()
    if code < 0:  # as a shell says it: what a signal ends can write nothing itself
        sys.stderr.write(f"{signal.strsignal(-code)} (signal {-code}, {signal.Signals(-code).name})\n")
    sys.exit(code if code >= 0 else 128 - code)


def see_own_files() -> None:
    """Show the container's folder as /opt/ml, where the machine permits that, and name it so in the environment."""
    folder = os.environ[root.FOLDER]
    if not root.mount(folder):
        sys.stderr.write("".join(f"{line}\n" for line in root.warnings(folder)))
        return
    for name, value in os.environ.items():
        if name != root.FOLDER and folder in value:
            os.environ[name] = value.replace(folder, root.ML)
    os.chdir(root.ML)


if __name__ == "__main__":
    main(sys.argv[1])
