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


def main(family: str) -> None:
    """Run the container until its server ends."""
    see_own_files()
    hold_on_to_standard_input()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    port_pipe = int(os.environ.pop(PORT_PIPE))
    # A process that the script starts must not hold the pipe open: the parent reads its end as our death.
    os.set_inheritable(port_pipe, False)
    families = import_module("slipway_local.containers.families").FAMILIES
    own = {
        "object-detection": "slipway_local.containers.object_detection",
        "stand-in": "slipway_local.containers.stand_in",
    }
    answer, wait = families[family]() if family in families else import_module(own[family]).start()
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
        return
    for name, value in os.environ.items():
        if name != root.FOLDER and folder in value:
            os.environ[name] = value.replace(folder, root.ML)
    os.chdir(root.ML)


if __name__ == "__main__":
    main(sys.argv[1])
