"""Endpoints' logs, as ExplainFailure sees them: the fake and the adapter answer alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.contract.slipway.logs import LogsWorld

# CloudWatch Logs refuses what is older than two weeks, so the story happens now.
START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
SINCE = START.isoformat().replace("+00:00", "Z")
FIRST, SECOND = "AllTraffic/i-0000", "AllTraffic/i-0001"


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def test_an_endpoint_without_a_log_has_no_lines(logs: LogsWorld) -> None:
    assert logs.port.tail("digits", SINCE, 30) == []


def test_the_last_lines_are_read_oldest_first(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(1), *(f"line {number}" for number in range(10)))

    assert logs.port.tail("digits", SINCE, 3) == ["line 7", "line 8", "line 9"]


def test_lines_from_before_are_left_out(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(-1), "before")
    logs.write("digits", FIRST, after(1), "after")

    assert logs.port.tail("digits", SINCE, 30) == ["after"]


def test_the_stream_that_was_written_to_last_is_read(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(1), "the first container")
    logs.write("digits", SECOND, after(2), "the second container")

    assert logs.port.tail("digits", SINCE, 30) == ["the second container"]


def test_another_endpoints_lines_are_its_own(logs: LogsWorld) -> None:
    logs.write("letters", FIRST, after(1), "another endpoint's")

    assert logs.port.tail("digits", SINCE, 30) == []
