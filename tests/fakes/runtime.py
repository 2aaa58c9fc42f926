"""InvokeEndpoint in memory."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.errors import SlipwayError
from slipway.smoke_test.smoke_test import SmokeTest


class FakeRuntime:
    """Implements `InvokeEndpoint`: answers with what it was sent, or raises `error`; `asked` are the invocations."""

    def __init__(self) -> None:
        self.error: SlipwayError | None = None
        self.asked: list[tuple[str, Mapping[str, str], bytes]] = []

    def __call__(self, endpoint_name: str, headers: Mapping[str, str], payload: bytes) -> SmokeTest:
        self.asked.append((endpoint_name, headers, payload))
        if self.error:
            raise self.error
        return SmokeTest(Status=200, LatencyMilliseconds=12, ContentType="application/json", Body=payload.decode())
