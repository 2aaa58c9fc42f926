"""InvokeEndpointWithResponseStream: the container's answer as an event stream.

The parts are sent when the container has answered in full: MiniStack's services return whole bodies. The frames are
those of https://docs.aws.amazon.com/lexv2/latest/dg/event-stream-encoding.html, which all AWS event streams share.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping

from slipway_local.runtime.errors import Response
from slipway_local.runtime.provider import Inference

PART = 64 * 1024  # bytes of a PayloadPart
STRING = 7  # the type of a header's value
EVENT = {":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream"}
ACCEPT, CONTENT_TYPE = "x-amzn-sagemaker-accept", "X-Amzn-SageMaker-Content-Type"


class ResponseStream:
    """Answers a request as an event stream; its headers differ from InvokeEndpoint's in Accept and Content-Type."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference

    def invoke(self, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Response:
        """Answer one request. Raises `FaultError`."""
        asked = {name: value for name, value in headers.items() if name.lower() != "accept"}
        asked = {"Accept" if name.lower() == ACCEPT else name: value for name, value in asked.items()}
        status, answered, content = self._inference.invoke(endpoint_name, asked, body)
        shown = {CONTENT_TYPE if name == "Content-Type" else name: value for name, value in answered.items()}
        stream = b"".join(frame(part) for part in _parts(content))
        return status, {**shown, "Content-Type": "application/vnd.amazon.eventstream"}, stream


def frame(payload: bytes) -> bytes:
    """Return one PayloadPart: lengths, their checksum, headers, payload, and the checksum of all."""
    headers = b"".join(_header(name, value) for name, value in EVENT.items())
    lengths = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack("!I", zlib.crc32(lengths)) + headers + payload
    return message + struct.pack("!I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    return struct.pack(f"!B{len(name)}sBH", len(name), name.encode(), STRING, len(value)) + value.encode()


def _parts(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PART):
        yield content[start : start + PART]
