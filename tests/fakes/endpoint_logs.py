"""CloudWatch Logs of endpoints in memory."""

from __future__ import annotations

from datetime import datetime


class FakeEndpointLogs:
    """Implements `EndpointLogs`; `asked` are the endpoints whose log was read."""

    def __init__(self) -> None:
        self._lines: dict[str, list[tuple[str, datetime, str]]] = {}
        self.asked: list[str] = []

    def write(self, endpoint_name: str, stream: str, at: datetime, *lines: str) -> None:
        """Append lines to a stream."""
        self._lines.setdefault(endpoint_name, []).extend((stream, at, line) for line in lines)

    def tail(self, endpoint_name: str, since: str, lines: int) -> list[str]:
        self.asked.append(endpoint_name)
        written = self._lines.get(endpoint_name, [])
        if not written:
            return []
        last, _, _ = max(written, key=lambda entry: entry[1])
        start = datetime.fromisoformat(since.replace("Z", "+00:00"))
        return [line for stream, at, line in written if stream == last and at >= start][-lines:]
