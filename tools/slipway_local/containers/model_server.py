"""multi-model-server and TorchServe without their Java half: one queue of requests, and Python workers that predict.

The workers are the packages' own programs (`model_service_worker.py` of mms and ts), so that what a handler sees, and
what becomes of what it returns, is theirs. The Java half does little else: it answers /ping at once, whether or not
a model is loaded, starts a worker again that has ended, and turns a worker's errors into JSON. After
https://github.com/awslabs/multi-model-server and https://github.com/pytorch/serve, `frontend/`.
"""

from __future__ import annotations

import io
import json
import logging
import os
import queue
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from slipway_local.containers.http_front import Reply, Request
from slipway_local.containers.worker_protocol import (
    Answer,
    Input,
    Parameter,
    Prediction,
    load_message,
    predict_message,
    receive,
)

LOGGER = logging.getLogger(__name__)
JSON = ("Content-Type", "application/json")
BACKOFF = (0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55)  # seconds before a worker is started again
MAX_REQUEST = 6553500  # bytes, both servers' default
MAX_QUEUE = 100
CONNECT_TIMEOUT = 30.0
LAST_LINES = 1.0  # seconds for what the workers have written to be copied at the end
POLL_SECONDS = 0.01
OUTPUT = threading.Lock()
PIPES: set[int] = set()  # descriptors of what is copied; with OUTPUT
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class Settings:
    """What differs between the servers, and what the model's Environment sets."""

    worker: Callable[[int], Sequence[str]]  # the arguments of a worker on a port
    last_of_load: Callable[[], bytes]  # the end of the message that loads
    model_dir: str
    model_url: str
    handler: str
    workers: int = 1
    timeout: float = 60.0
    batch_size: int = 1
    batch_delay: float = 0.1
    max_request: int = MAX_REQUEST
    is_always_healthy: bool = False  # TorchServe's /ping says so, whatever its workers do
    remapped_output: bool = False  # multi-model-server's workers write to named pipes once they have loaded


@dataclass
class Job:
    """A request that waits for its prediction."""

    input: Input
    done: threading.Event = field(default_factory=threading.Event)
    reply: Reply | None = None

    def answer(self, reply: Reply) -> None:
        """Set the answer."""
        self.reply = reply
        self.done.set()


class ModelServer:
    """Serves one model; `start` begins its workers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._jobs: queue.Queue[Job] = queue.Queue(MAX_QUEUE)
        self._workers = [Worker(settings, self._jobs) for _ in range(settings.workers)]

    def start(self) -> None:
        """Start the workers; they load the model while requests wait."""
        for worker in self._workers:
            threading.Thread(target=worker.run, daemon=True).start()

    def wait(self) -> int:
        """Wait for SIGTERM, and end as it ends a process once what the workers have written is copied."""
        ended = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        ended.wait()
        deadline = time.monotonic() + LAST_LINES
        time.sleep(POLL_SECONDS)
        while _is_anything_unread() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTERM)
        return -signal.SIGTERM

    def answer(self, request: Request) -> Reply:
        """Answer a request of the container's port."""
        segments = [segment for segment in urlsplit(request.path).path.split("/") if segment]
        if segments == ["ping"]:
            return _json(200, {"status": self._health()})
        if segments == ["invocations"]:
            return self._predict(request)
        if segments == ["models"] and request.method == "GET":
            return _json(200, {"models": [{"modelName": "model", "modelUrl": self._settings.model_url}]})
        if not segments:
            return _error(
                405, "MethodNotAllowedException", "Requested method is not allowed, please refer to API document."
            )
        return _error(
            404, "ResourceNotFoundException", "Requested resource is not found, please refer to API document."
        )

    def _health(self) -> str:
        working = sum(worker.is_working for worker in self._workers)
        if self._settings.is_always_healthy or working == len(self._workers):
            return "Healthy"
        return "Partial Healthy" if working else "Unhealthy"

    def _predict(self, request: Request) -> Reply:
        if len(request.body) > self._settings.max_request:
            return Reply(413)
        job = Job(Input(str(uuid.uuid4()), request.headers, parameters(request)))
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            return _error(
                503, "ServiceUnavailableException", 'Model "model" has no worker to serve inference request. '
                "Please use scale workers API to add workers.",
            )  # fmt: skip
        job.done.wait()  # a worker that never loads leaves its requests unanswered, as there
        assert job.reply is not None
        return job.reply


class Worker:
    """One worker's process, started again when it ends."""

    def __init__(self, settings: Settings, jobs: queue.Queue[Job]) -> None:
        self._settings = settings
        self._jobs = jobs
        self.is_working = True

    def run(self) -> None:
        """Load the model and predict, for ever."""
        failures = 0
        while True:
            self.is_working = True
            try:
                with self._started() as process:
                    try:
                        with _connected(_port_of(process), process) as connection:
                            self._load(connection)
                            failures = 0
                            while True:
                                self._serve(connection)
                    finally:
                        process.kill()
            except (OSError, subprocess.SubprocessError) as error:
                LOGGER.warning("Load model failed: model, error: Worker died. (%s)", error)
            self.is_working = False
            time.sleep(BACKOFF[min(failures, len(BACKOFF) - 1)])
            failures += 1

    def _started(self) -> subprocess.Popen[bytes]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # A worker's folder is the model's, as there: what is beside code/ can be imported.
        command = [sys.executable, *self._settings.worker(port)]
        read, write = os.pipe()
        try:
            process = subprocess.Popen(command, cwd=self._settings.model_dir, stdout=write, stderr=write)
        finally:
            os.close(write)
            _copy_lines(read)
        process.port = port  # type: ignore[attr-defined]
        return process

    def _load(self, connection: socket.socket) -> None:
        settings = self._settings
        last = settings.last_of_load()
        connection.settimeout(None)
        connection.sendall(load_message(settings.model_dir, settings.handler, settings.batch_size, last))
        answer = receive(connection)
        if settings.remapped_output:
            # What it writes from then on is in named pipes.
            for stream in ("stdout", "stderr"):
                _copy_lines(Path(os.environ["TMPDIR"], f"{last[4:].decode()}-{stream}"))
        if answer.code != HTTPStatus.OK:
            raise ConnectionError(answer.message)

    def _serve(self, connection: socket.socket) -> None:
        batch = self._batch()
        by_id = {job.input.request_id: job for job in batch}
        connection.settimeout(self._settings.timeout)
        try:
            connection.sendall(predict_message([job.input for job in batch]))
            answer = receive(connection)
        except OSError:
            for job in batch:
                job.answer(_error(500, "InternalServerException", "Worker died."))
            raise
        for request_id, job in by_id.items():
            job.answer(_reply(answer, answer.predictions.get(request_id)))

    def _batch(self) -> list[Job]:
        batch = [self._jobs.get()]
        end = time.monotonic() + self._settings.batch_delay
        while len(batch) < self._settings.batch_size:
            try:
                batch.append(self._jobs.get(timeout=max(0.0, end - time.monotonic())))
            except queue.Empty:
                break
        return batch


def parameters(request: Request) -> list[Parameter]:
    """Return the parts of a request: those of a query and a form, or else its body."""
    content_type = request.header("Content-Type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    query = [Parameter(name, value.encode()) for name, value in parse_qsl(urlsplit(request.path).query, True)]
    if kind == FORM:
        return query + [Parameter(name, value.encode()) for name, value in parse_qsl(request.body.decode(), True)]
    if kind == MULTIPART:
        form = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + request.body)
        return query + [_part(part) for part in form.walk() if not part.is_multipart()]
    return [*query, Parameter("body", request.body, content_type)]


def _part(part: Message) -> Parameter:
    name = part.get_param("name", "", "content-disposition")
    return Parameter(str(name), bytes(part.get_payload(decode=True) or b""), part.get_content_type())


def _connected(port: int, process: subprocess.Popen[bytes]) -> socket.socket:
    end = time.monotonic() + CONNECT_TIMEOUT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), CONNECT_TIMEOUT)
        except ConnectionRefusedError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.02)


def _port_of(process: subprocess.Popen[bytes]) -> int:
    port: int = process.port  # type: ignore[attr-defined]
    return port


def _copy_lines(pipe: int | Path) -> None:
    threading.Thread(target=_copy, args=(pipe,), daemon=True).start()


def _copy(pipe: int | Path) -> None:
    """Copy a worker's pipe to this process's own output by whole lines, as multi-model-server reads and logs it."""
    with io.BufferedReader(io.FileIO(pipe)) as lines:
        with OUTPUT:
            PIPES.add(lines.fileno())
        for line in lines:
            with OUTPUT:
                os.write(1, line if line.endswith(b"\n") else line + b"\n")
        with OUTPUT:
            PIPES.remove(lines.fileno())


def _is_anything_unread() -> bool:
    with OUTPUT:
        return bool(select.select(PIPES, [], [], 0)[0])


def _reply(answer: Answer, prediction: Prediction | None) -> Reply:
    if answer.code != HTTPStatus.OK or prediction is None:
        return _error(answer.code, "InternalServerException", answer.message)
    headers = {"content-type": ("Content-Type", prediction.content_type)} if prediction.content_type else {}
    # The servers set each header, so that one that the handler names twice is there once.
    headers.update({name.lower(): (name, value) for name, value in prediction.headers})
    return Reply(prediction.status, prediction.body, list(headers.values()))


def _error(status: int, kind: str, message: str) -> Reply:
    return _json(status, {"code": status, "type": kind, "message": message})


def _json(status: int, document: object) -> Reply:
    return Reply(status, f"{json.dumps(document, indent=2)}\n".encode(), [JSON])
