"""One model archive in the container of its image, on a loopback port and without a stack: `slipway serve` runs it."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from slipway_local.hosting.environments import Environments
from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import ContainerSpec, HostedContainer, HostingFailed, Invocation, ModelData

URI = "file:///model.tar.gz"
NAME = "serve"


@dataclass(frozen=True)
class ArchiveFile:
    """`ObjectStore` with one object, a file of this machine."""

    file: Path

    def head(self, s3_uri: str) -> int:
        """See the port."""
        del s3_uri
        return self.file.stat().st_size

    def download(self, data: ModelData, path: str) -> None:
        """See the port."""
        del data
        shutil.copyfile(self.file, path)

    def listed(self, s3_uri: str) -> list[tuple[str, int]]:
        """See the port."""
        return [(s3_uri, self.head(s3_uri))]

    def acting_as(self, role_arn: str | None) -> ArchiveFile:
        """See the port."""
        del role_arn
        return self


class PrintedLogs:
    """`Logs` on standard error."""

    def write(self, group: str, stream: str, lines: list[str]) -> None:
        """See the port."""
        del group, stream
        for line in lines:
            sys.stderr.write(f"{line}\n")

    def acting_as(self, role_arn: str | None) -> PrintedLogs:
        """See the port."""
        del role_arn
        return self


def handler_of(container: HostedContainer) -> type[BaseHTTPRequestHandler]:
    """Return what hands GET /ping and POST /invocations to a container."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET", b"")

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, method: str, body: bytes) -> None:
            header = self.headers.get
            try:
                answer = container.invoke(
                    Invocation(body, header("Content-Type"), header("Accept"), path=self.path, method=method)
                )
            except OSError as error:
                self.send_error(503, str(error))
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
            """Write nothing: the container logs its requests."""

    return Handler


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return 1 where the container does not become healthy."""
    parser = argparse.ArgumentParser(prog="python -m slipway_local.serve", description=__doc__)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--environment", type=json.loads, default={}, help="JSON object of environment variables")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="slipway-serve-") as folder:
        environments = Environments(report=lambda line: PrintedLogs().write("", "", [line]))
        hosting = ProcessHosting(ArchiveFile(given.archive), PrintedLogs(), Path(folder), environments=environments)
        spec = ContainerSpec(NAME, "AllTraffic", "local", given.image, ModelData(URI), given.environment)
        try:
            container = hosting.start(spec)
        except HostingFailed as failure:
            sys.stderr.write(f"{failure}\n")
            return 1
        except KeyboardInterrupt:
            return 0
        try:
            _serve(container, given.port)
        finally:
            container.stop()
    return 0


def _serve(container: HostedContainer, port: int) -> None:
    with ThreadingHTTPServer(("127.0.0.1", port), handler_of(container)) as server:
        sys.stdout.write(f"Serving on http://127.0.0.1:{server.server_port}/invocations\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.stderr.write("Stopped.\n")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
