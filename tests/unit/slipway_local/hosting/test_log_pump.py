from __future__ import annotations

import logging
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_local.hosting.log_pump import LogPump


def pumped(chunks: list[bytes]) -> list[str]:
    seen: list[str] = []
    reader, writer = os.pipe()
    pump = LogPump(os.fdopen(reader, "rb", buffering=0), seen.extend)
    for chunk in chunks:
        os.write(writer, chunk)
    os.close(writer)
    pump.finish(10)
    return seen


def test_lines_come_whole_whatever_the_writes_were() -> None:
    assert pumped([b"on", b"e\ntw", b"o\n\nthr", b"ee"]) == ["one", "two", "", "three"]


def test_carriage_returns_and_wrong_utf8_do_no_harm() -> None:
    assert pumped([b"one\r\n\xff\n"]) == ["one", "\ufffd"]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"])), max_size=20))
def test_every_line_is_handed_over_once_in_order(lines: list[str]) -> None:
    assert pumped(["".join(f"{line}\n" for line in lines).encode()]) == lines


def test_a_log_that_cannot_be_written_does_not_stop_the_pump(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    def write(lines: list[str]) -> None:
        if "bad" in lines:
            raise ConnectionError("the engine is gone")
        seen.extend(lines)

    reader, writer = os.pipe()
    pump = LogPump(os.fdopen(reader, "rb", buffering=0), write)
    with caplog.at_level(logging.ERROR):
        os.write(writer, b"bad\n")
        while "log lines were lost" not in caplog.text:
            os.sched_yield()
        os.write(writer, b"good\n")
        os.close(writer)
        pump.finish(10)

    assert seen == ["good"]


def test_lines_of_ours_come_before_and_after_the_process_s() -> None:
    seen: list[str] = []
    reader, writer = os.pipe()
    pump = LogPump(os.fdopen(reader, "rb", buffering=0), seen.extend, lambda: ["last"], ("first",))

    os.write(writer, b"its own\n")
    os.close(writer)
    pump.finish(10)

    assert seen == ["first", "its own", "last"]
