"""InvokeEndpointWithResponseStream: the container's answer as an event stream, each part as the container writes it.

The frames are those of https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html, which all AWS event
streams share. An answer that breaks off ends with a ModelStreamError:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping

from slipway_local.runtime.errors import Streamed
from slipway_local.runtime.provider import RealTime

STRING = 7  # the type of a header's value
PART = {":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream"}
BROKEN = {
    ":message-type": "exception",
    ":exception-type": "ModelStreamError",
    ":content-type": "application/json",
}
ACCEPT, CONTENT_TYPE = "x-amzn-sagemaker-accept", "X-Amzn-SageMaker-Content-Type"


def stream_response(real_time: RealTime, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Streamed:
    """Answer a request as an event stream. Raises `FaultError`.

    Its headers differ from InvokeEndpoint's in Accept and Content-Type.
    """
    asked = {name: value for name, value in headers.items() if name.lower() != "accept"}
    asked = {"Accept" if name.lower() == ACCEPT else name: value for name, value in asked.items()}
    status, answered, chunks = real_time.stream(endpoint_name, asked, body)
    shown = {CONTENT_TYPE if name == "Content-Type" else name: value for name, value in answered.items()}
    return status, {**shown, "Content-Type": "application/vnd.amazon.eventstream"}, _frames(chunks)


def _frames(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        for chunk in chunks:
            yield frame(PART, chunk)
    except TimeoutError:
        yield _error("ModelInvocationTimeExceeded", "The model did not go on with its response in time.")
    except OSError as error:
        yield _error("StreamBroken", f"The model's response broke off: {error}")


def _error(code: str, message: str) -> bytes:
    return frame(BROKEN, json.dumps({"ErrorCode": code, "Message": message}).encode())


def frame(names: Mapping[str, str], payload: bytes) -> bytes:
    """Return one message: lengths, their checksum, headers, payload, and the checksum of all."""
    headers = b"".join(_header(name, value) for name, value in names.items())
    lengths = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack("!I", zlib.crc32(lengths)) + headers + payload
    return message + struct.pack("!I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    return struct.pack(f"!B{len(name)}sBH", len(name), name.encode(), STRING, len(value)) + value.encode()
