"""The path of OpenAI's clients: /endpoints/<name>/openai/v1/chat/completions, answered by the container as it is.

SageMaker AI developer guide, "Invoke endpoints with OpenAI-compatible APIs": "returns responses directly from the
container, including streaming".
"""

from __future__ import annotations

from collections.abc import Mapping

from slipway_local.runtime.errors import Streamed
from slipway_local.runtime.provider import RealTime

CONTAINER_PATH = "/v1/chat/completions"


def complete_chat(real_time: RealTime, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Streamed:
    """Send a request to the container's own path. Raises `FaultError`."""
    return real_time.stream(endpoint_name, headers, body, CONTAINER_PATH)
