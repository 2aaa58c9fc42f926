"""The path of OpenAI's clients: /endpoints/<name>/openai/v1/chat/completions, answered by the container as it is.

SageMaker AI developer guide, "Invoke endpoints with OpenAI-compatible APIs": "returns responses directly from the
container, including streaming".
"""

from __future__ import annotations

from collections.abc import Mapping

from slipway_local.runtime.errors import Streamed
from slipway_local.runtime.provider import RealTime

CONTAINER_PATH = "/v1/chat/completions"


class OpenAiPath:
    """Hands a request to the container's own path."""

    def __init__(self, real_time: RealTime) -> None:
        self._real_time = real_time

    def invoke(self, endpoint_name: str, headers: Mapping[str, str], body: bytes) -> Streamed:
        """Answer one request. Raises `FaultError`."""
        return self._real_time.stream(endpoint_name, headers, body, CONTAINER_PATH)
