"""A container's process that listens, as long as it lives."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Generator
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from slipway_local.hosting.in_flight import InFlight
from slipway_local.hosting.process import ContainerProcess
from slipway_local.ports import Answer, Invocation, StreamedAnswer, Utilization

LOGGER = logging.getLogger(__name__)
INFERENCE_ID = "X-Amzn-SageMaker-Inference-Id"
CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
# "The request times out after 2 seconds":
# https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
PING_TIMEOUT = 2.0
CHUNK = 64 * 1024  # bytes that are read at once of an answer, where so many are there
# AWS gives a container 30 s between SIGTERM and SIGKILL; on a laptop Ctrl-C is waiting for it.
STOP_GRACE = 5.0
HOPELESS = 4  # pings that are answered with 500, one after the other


class HostedProcess:
    """A process that listens on a loopback port; `connect` is how it is asked."""

    def __init__(
        self, process: ContainerProcess, port: int, connect: Callable[..., HTTPConnection] = HTTPConnection
    ) -> None:
        self._process = process
        self._port = port
        self._connect = connect
        self._in_flight = InFlight()

    @property
    def pid(self) -> int:
        """The process id of the container."""
        return self._process.pid

    def ping(self) -> bool:
        """Say whether GET /ping is answered with 200."""
        return self._ping_status() == HTTPStatus.OK

    def wait_until_healthy(self, deadline: float) -> bool:
        """Ping until it is good, the process ends, or `deadline` (monotonic) passes.

        A server that answers 500 to each of several pings tried to load its model as often: no more is waited for.
        """
        errors = 0
        while (status := self._ping_status()) != HTTPStatus.OK:
            errors = errors + 1 if status == HTTPStatus.INTERNAL_SERVER_ERROR else 0
            if time.monotonic() > deadline or not self._process.alive() or errors == HOPELESS:
                return False
            time.sleep(0.1)
        return True

    def invoke(self, invocation: Invocation) -> Answer:
        """POST /invocations.

        Raises `TimeoutError` when its time is up, `OSError` when the process is gone: `ConnectionRefusedError`
        where the request cannot have reached it.
        """
        self._in_flight.enter()
        try:
            return self._post(invocation)
        finally:
            self._in_flight.leave()

    def stream(self, invocation: Invocation) -> StreamedAnswer:
        """POST /invocations, and return the answer while its body is being written. Raises as `invoke` does."""
        chunks = self._exchange(invocation)
        head = Answer(*next(chunks))  # runs until the headers are there, so that closing it ends the exchange
        return StreamedAnswer(head.status, chunks, head.content_type, head.custom_attributes)

    def _ping_status(self) -> int | None:
        connection = self._connect("127.0.0.1", self._port, timeout=PING_TIMEOUT)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()

    def utilization(self) -> Utilization | None:
        """Return what the container has used since the last look; None once it has ended."""
        return self._process.utilization()

    def wait(self) -> None:
        """Block until the process has ended."""
        self._process.wait()

    def stop(self) -> None:
        """Let invocations in flight finish and end the process group; safe to call twice."""
        self._in_flight.close(STOP_GRACE)
        self._process.stop(STOP_GRACE)

    def _post(self, invocation: Invocation) -> Answer:
        connection = self._connect("127.0.0.1", self._port, timeout=invocation.timeout)
        try:
            _send(connection, invocation)
            response = connection.getresponse()
            return Answer(
                status=response.status,
                body=response.read(),
                content_type=response.getheader("Content-Type", ""),
                custom_attributes=response.getheader(CUSTOM_ATTRIBUTES),
            )
        except HTTPException as error:
            raise ConnectionError(f"The container's answer is not HTTP: {error!r}") from error
        finally:
            connection.close()

    def _exchange(self, invocation: Invocation) -> Generator[Any]:
        self._in_flight.enter()
        connection = self._connect("127.0.0.1", self._port, timeout=invocation.timeout)
        try:
            _send(connection, invocation)
            response = connection.getresponse()
            yield (
                response.status,
                b"",
                response.getheader("Content-Type", ""),
                response.getheader(CUSTOM_ATTRIBUTES),
            )
            while chunk := response.read1(CHUNK):
                yield chunk
        except HTTPException as error:
            raise ConnectionError(f"The container's answer is not HTTP: {error!r}") from error
        finally:
            connection.close()
            self._in_flight.leave()


def remove(folder: Path) -> None:
    """Remove a container's folder; what cannot be removed is logged, because a stop has no caller that handles it."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        LOGGER.debug("%s was removed before", folder)
    except OSError:
        LOGGER.warning("%s was not wholly removed", folder, exc_info=True)


def _send(connection: HTTPConnection, invocation: Invocation) -> None:
    # A body that is no bytes object is sent in chunks.
    body = iter([invocation.body]) if invocation.is_chunked else invocation.body
    connection.request(invocation.method, invocation.path, body, _headers(invocation))


def _headers(invocation: Invocation) -> dict[str, str]:
    wanted = {
        "Content-Type": invocation.content_type,
        "Accept": invocation.accept,
        CUSTOM_ATTRIBUTES: invocation.custom_attributes,
        INFERENCE_ID: invocation.inference_id,
    }
    return {name: value for name, value in wanted.items() if value is not None}
