"""The server: waitress on a port of 127.0.0.1, and nowhere else."""

from __future__ import annotations

import socket
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import create_server

from slipway_cli.sdk.errors import ClientError
from slipway_console.request_limits import MAX_BODY, IsAuthenticated, limited_channel

HOST = "127.0.0.1"
THREADS = 8


class PortTaken(ClientError):
    """The port is in use."""


def listen(port: int) -> socket.socket:
    """Return a socket on the port, 0 for any that is free. Raises `PortTaken`."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as taken:
        listener.close()
        raise PortTaken(
            f"Port {port} of {HOST} is in use: stop the process that uses it, or choose another with --port {port + 1}."
        ) from taken
    return listener


def serve(application: WSGIApplication, listener: socket.socket, is_authenticated: IsAuthenticated) -> Any:
    """Return a server whose `run` answers requests until it is interrupted, and whose `close` ends it.

    Requests that are not authenticated by their headers can have a small body only.
    """
    server = create_server(
        application, sockets=[listener], threads=THREADS, ident="slipway", max_request_body_size=MAX_BODY
    )
    server.channel_class = limited_channel(is_authenticated)
    return server
