from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_local.adapters.cloudwatch import EVENT_OVERHEAD, MAX_BYTES, MAX_EVENTS, CloudWatchLogs, _batches

GROUP, STREAM = "/aws/sagemaker/Endpoints/ep", "AllTraffic/i-0123"


@pytest.fixture
def logs(client: Callable[[str], Any]) -> Any:
    return client("logs")


def messages(logs: Any) -> list[str]:
    found: list[str] = []
    request = {"logGroupName": GROUP, "logStreamName": STREAM, "startFromHead": True}
    page = logs.get_log_events(**request)
    while page["events"]:
        found += [event["message"] for event in page["events"]]
        page = logs.get_log_events(**request, nextToken=page["nextForwardToken"])
    return found


def test_the_first_lines_create_group_and_stream(logs: Any) -> None:
    writer = CloudWatchLogs(logs)

    writer.write(GROUP, STREAM, ["one", "two"])
    writer.write(GROUP, STREAM, ["three"])

    assert messages(logs) == ["one", "two", "three"]


def test_a_stream_is_created_in_a_group_that_exists(logs: Any) -> None:
    logs.create_log_group(logGroupName=GROUP)

    CloudWatchLogs(logs).write(GROUP, STREAM, ["one"])

    assert messages(logs) == ["one"]


def test_blank_lines_are_dropped_because_an_event_may_not_be_empty(logs: Any) -> None:
    CloudWatchLogs(logs).write(GROUP, STREAM, ["", "one", "", "  ", ""])

    assert messages(logs) == ["one", "  "]


def test_a_very_long_line_becomes_several_events(logs: Any) -> None:
    line = "é" * 130_000

    CloudWatchLogs(logs).write(GROUP, STREAM, [line])

    assert len(messages(logs)) == 3
    assert "".join(messages(logs)) == line


@given(sizes=st.lists(st.integers(1, 240_000), max_size=40), copies=st.integers(1, 700))
def test_batches_keep_the_order_and_the_quotas(sizes: list[int], copies: int) -> None:
    events = [{"message": "x" * size} for size in sizes] + [{"message": "y"}] * copies * 20

    batches = list(_batches(events))

    assert [event for batch in batches for event in batch] == events
    for batch in batches:
        assert 0 < len(batch) <= MAX_EVENTS
        assert sum(len(event["message"]) + EVENT_OVERHEAD for event in batch) <= MAX_BYTES
