"""Endpoints' logs, as ExplainFailure reads them: the fake and the adapter respond alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.contract.slipway.worlds import LogsWorld

# CloudWatch Logs refuses what is older than two weeks, so the story happens now.
START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
SINCE = START.isoformat().replace("+00:00", "Z")
LATER = (START + timedelta(minutes=30)).isoformat()
FIRST, SECOND = "AllTraffic/i-0000", "AllTraffic/i-0001"
PING = '169.254.178.2 - - "GET /ping HTTP/1.1" 502 173 "-" "AHC/2.0"'


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def tails(logs: LogsWorld, lines: int = 30, since: str = SINCE, *, or_older: bool = False) -> list[list[str]]:
    return logs.port("digits", since, lines, or_older)


def test_an_endpoint_without_a_log_has_no_lines(logs: LogsWorld) -> None:
    assert tails(logs) == []


def test_the_last_lines_are_read_oldest_first(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(1), *(f"line {number}" for number in range(10)))

    assert tails(logs, 3) == [["line 7", "line 8", "line 9"]]


def test_lines_about_requests_do_not_count(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(1), "started", "MemoryError", *[PING] * 100)

    assert tails(logs, 1) == [["MemoryError", *[PING] * 100]]


def test_a_container_that_existed_before_is_left_out(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(1), "the old fleet serves on")

    assert tails(logs, since=LATER) == []


def test_where_there_is_no_new_container_an_old_one_is_read_since_then(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(1), "before")
    logs.write("digits", FIRST, after(31), "after")

    assert tails(logs, since=LATER, or_older=True) == [["after"]]


def test_the_newest_container_comes_first(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(20), "the first container")
    logs.write("digits", SECOND, after(21), "the second container")
    logs.write("digits", FIRST, after(22), "the first container serves on")

    assert [tail[0] for tail in tails(logs)] == ["the second container", "the first container"]


def test_the_queue_s_log_of_an_asynchronous_endpoint_is_no_container_s(logs: LogsWorld) -> None:
    logs.write("digits", FIRST, after(1), "the container")
    logs.write("digits", f"{FIRST}/data-log", after(2), "waiting for the container")

    assert tails(logs) == [["the container"]]


def test_another_endpoints_lines_are_its_own(logs: LogsWorld) -> None:
    logs.write("letters", FIRST, after(1), "another endpoint's")

    assert tails(logs) == []
