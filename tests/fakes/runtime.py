"""InvokeEndpoint in memory."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.smoke_test.smoke_test import Answer


class FakeRuntime:
    """Implements `InvokeEndpoint`: answers with what it was sent; `asked` are the invocations.

    `milliseconds` and `trouble` are those of the next answers, the last of which repeats.
    """

    def __init__(self, *milliseconds: float, trouble: str = "") -> None:
        self._milliseconds = list(milliseconds or (12.0,))
        self._trouble = trouble
        self.asked: list[tuple[str, Mapping[str, str], bytes]] = []

    def __call__(self, endpoint_name: str, headers: Mapping[str, str], payload: bytes) -> Answer:
        self.asked.append((endpoint_name, headers, payload))
        took = self._milliseconds.pop(0) if len(self._milliseconds) > 1 else self._milliseconds[0]
        if self._trouble:
            return Answer(500, took, trouble=self._trouble)
        return Answer(200, took, "application/json", payload)
