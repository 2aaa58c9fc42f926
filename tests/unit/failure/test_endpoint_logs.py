"""CloudWatch Logs as its API reference describes it, where moto is simpler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.failure.aws import MAX_PAGES, CloudWatchEndpointLogs

START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
SINCE = "2026-01-01T00:00:00Z"
Page = tuple[list[str], str]


class Client:
    """`streams` by name, each with what DescribeLogStreams says of it; `pages` by the token that asks for them."""

    def __init__(self, streams: Mapping[str, Mapping[str, int]], pages: Mapping[str, Page]) -> None:
        self._streams = streams
        self._pages = pages
        self.calls = 0

    def get_paginator(self, operation: str) -> Client:
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        return [{"logStreams": [{"logStreamName": name, **stream}]} for name, stream in self._streams.items()]

    def get_log_events(self, *, logStreamName: str, nextToken: str = "", **request: Any) -> dict[str, Any]:  # noqa: N803
        self.calls += 1
        messages, token = self._pages[nextToken]
        events = [{"timestamp": START, "message": f"{logStreamName}: {message}"} for message in messages]
        return {"events": events, "nextBackwardToken": token}


def tails(client: Client, lines: int = 400) -> list[list[str]]:
    return CloudWatchEndpointLogs(client).tails("digits", SINCE, lines, False)


def test_an_empty_page_is_not_the_end() -> None:
    pages = {"": ([], "b/1"), "b/1": (["newer"], "b/2"), "b/2": ([], "b/3"), "b/3": (["older"], "b/3")}

    assert tails(Client({"i-new": {"creationTime": START}}, pages)) == [["i-new: older", "i-new: newer"]]


def test_a_stream_is_new_by_its_creation_or_first_event_and_not_by_its_last() -> None:
    streams = {
        "i-old": {"creationTime": START - 9, "firstEventTimestamp": START - 5, "lastEventTimestamp": START + 10**6},
        "i-new": {"creationTime": START + 1},
        "i-later": {"creationTime": START - 1, "firstEventTimestamp": START + 2},
    }

    assert tails(Client(streams, {"": (["line"], "b/1"), "b/1": ([], "b/1")})) == [["i-later: line"], ["i-new: line"]]


def test_reading_ends_with_enough_lines_and_after_so_many_pages() -> None:
    full = Client({"i-new": {"creationTime": START}}, {"": (["1", "2", "3"], "b/1"), "b/1": (["0"], "b/2")})
    endless = Client({"i-new": {"creationTime": START}}, {"": ([], "b/1"), "b/1": ([], "b/2"), "b/2": ([], "b/1")})

    assert tails(full, 2) == [["i-new: 2", "i-new: 3"]]
    assert tails(endless) == []
    assert (full.calls, endless.calls) == (1, MAX_PAGES)
