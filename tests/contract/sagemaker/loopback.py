"""A server on 127.0.0.1 that speaks SageMaker's protocol for a test, and a boto3 client for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.config import Config
from tests.unit.slipway_local.sagemaker.world import REGION, FakeClock, World

from slipway_local.sagemaker import Settings, Wire


class Loopback:
    """The SageMaker behind the server, its fakes in `world`, how often it was asked, and its address.

    An endpoint stays Creating or Updating until `finish`.
    """

    def __init__(self, region: str = REGION) -> None:
        self.region = region
        self.clock = FakeClock(time=datetime.now(UTC))
        self.world = world = World(Settings(creation_seconds=5, change_seconds=2), self.clock, region=region)
        self.hosting, self.sagemaker, self.finish = world.hosting, world.sagemaker, world.finish
        self.requests: list[str] = []
        self.url = ""

    def client(self, attempts: int = 1) -> Any:
        """Return a plain boto3 client that sends each request at most `attempts` times."""
        retries = {"total_max_attempts": attempts, "mode": "standard"}
        return boto3.client(
            "sagemaker",
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries=retries, connect_timeout=60, read_timeout=60),
        )


def _handler(loopback: Loopback) -> type[BaseHTTPRequestHandler]:
    wire = Wire(loopback.sagemaker)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            headers = dict(self.headers.items())
            loopback.requests.append(headers["X-Amz-Target"])
            sent = self.rfile.read(int(headers["Content-Length"]))
            status, answered, body = asyncio.run(wire.handle_request("POST", self.path, headers, sent, {}))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | answered).items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output to what the test says."""

    return Handler


@contextmanager
def serving(region: str = REGION) -> Iterator[Loopback]:
    """Serve on a free port until the test is over."""
    loopback = Loopback(region)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(loopback))
    loopback.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield loopback
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
