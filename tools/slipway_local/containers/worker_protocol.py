"""What a model server and its Python workers say to each other: multi-model-server's and TorchServe's binary protocol.

The workers' half is in `mms.protocol.otf_message_handler` and `ts.protocol.otf_message_handler`; this is the server's.
Numbers are big-endian, texts and bytes have their length before them, a list ends with -1.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

END = struct.pack("!i", -1)
NO_GPU = struct.pack("!i", -1)


@dataclass(frozen=True)
class Parameter:
    """A part of a request: its body, or a field of a form."""

    name: str
    value: bytes
    content_type: str = ""


@dataclass(frozen=True)
class Input:
    """One request of a batch."""

    request_id: str
    headers: Sequence[tuple[str, str]]
    parameters: Sequence[Parameter]


@dataclass(frozen=True)
class Prediction:
    """A worker's answer to one request."""

    status: int
    content_type: str
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """A worker's answer to a message: predictions by request, none where loading."""

    code: int
    message: str
    predictions: dict[str, Prediction] = field(default_factory=dict)


def text(value: str | bytes) -> bytes:
    """Return a text with its length."""
    encoded = value.encode() if isinstance(value, str) else value
    return struct.pack("!i", len(encoded)) + encoded


def load_message(model_dir: str, handler: str, batch_size: int, last: bytes) -> bytes:
    """Return the message that loads a model; `last` is what a server adds of its own."""
    return b"L" + text("model") + text(model_dir) + struct.pack("!i", batch_size) + text(handler) + NO_GPU + last


def predict_message(batch: Sequence[Input]) -> bytes:
    """Return the message that asks for the predictions of a batch."""
    return b"I" + b"".join(_input(one) for one in batch) + END


def _input(one: Input) -> bytes:
    # The toolkits take the first of the two headers; the servers' map has this one first.
    ordered = sorted(one.headers, key=lambda header: header[0].lower() != "contenttype")
    headers = b"".join(text(name) + text(value) for name, value in ordered)
    parts = b"".join(text(part.name) + text(part.content_type) + text(part.value) for part in one.parameters)
    return text(one.request_id) + headers + END + parts + END


def receive(connection: socket.socket) -> Answer:
    """Return the answer to a message. Raises `ConnectionError`, also for one that is broken, and `TimeoutError`.

    multi-model-server's workers count the characters of a reason phrase, not its bytes: one that is not ASCII breaks
    the message, and the server takes the worker for dead.
    """
    try:
        return _answer(connection)
    except (UnicodeDecodeError, OverflowError) as error:
        raise ConnectionError("The worker's answer is broken") from error


def _answer(connection: socket.socket) -> Answer:
    code, message = _number(connection), _text(connection)
    predictions = {}
    while (length := _number(connection)) != -1:
        request_id = _exactly(connection, length).decode()
        content_type, status, _ = _text(connection), _number(connection), _text(connection)
        headers = [(_text(connection), _text(connection)) for _ in range(_number(connection))]
        predictions[request_id] = Prediction(status, content_type, headers, _bytes(connection))
    return Answer(code, message, predictions)


def _number(connection: socket.socket) -> int:
    number: int = struct.unpack("!i", _exactly(connection, 4))[0]
    return number


def _text(connection: socket.socket) -> str:
    return _bytes(connection).decode()


def _bytes(connection: socket.socket) -> bytes:
    return _exactly(connection, _number(connection))


def _exactly(connection: socket.socket, length: int) -> bytes:
    if length < 0:
        raise OverflowError(length)
    content = bytearray()
    while len(content) < length:
        chunk = connection.recv(min(length - len(content), 1 << 20))
        if not chunk:
            raise ConnectionError("The worker has ended")
        content += chunk
    return bytes(content)
