"""CloudWatch Logs of endpoints in memory."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from slipway.failure.container_log import last_messages


class FakeEndpointLogs:
    """Implements `LogTails`; `asked` are the endpoints whose log was read."""

    def __init__(self) -> None:
        self._streams: dict[str, dict[str, list[tuple[datetime, str]]]] = defaultdict(lambda: defaultdict(list))
        self.asked: list[str] = []

    def write(self, endpoint_name: str, stream: str, at: datetime, *lines: str) -> None:
        """Append lines to a stream."""
        self._streams[endpoint_name][stream].extend((at, line) for line in lines)

    def __call__(self, endpoint_name: str, since: str, lines: int, or_older: bool) -> list[list[str]]:
        self.asked.append(endpoint_name)
        start = datetime.fromisoformat(since.replace("Z", "+00:00"))
        written = [one for name, one in self._streams[endpoint_name].items() if one and not name.endswith("/data-log")]
        written.sort(key=lambda events: events[0][0], reverse=True)
        new = [events for events in written if events[0][0] >= start]
        tails = [
            last_messages([line for at, line in events if at >= start], lines)
            for events in (new or written if or_older else new)
        ]
        return [tail for tail in tails if tail]
