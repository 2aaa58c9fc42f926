"""The picture of an execution's states over time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.fakes.step_functions import recorded

from slipway_cli.sdk.durations import clock, length
from slipway_cli.sdk.executions import execution_of
from slipway_cli.sdk.timeline import timeline

SVG = "{http://www.w3.org/2000/svg}"


def picture_of(one: dict[str, Any], events: int | None = None, **changes: Any) -> tuple[str, ElementTree.Element]:
    execution = execution_of({**one["description"], **changes}, one["events"][:events])
    drawn = timeline(execution, one["description"]["stopDate"] + timedelta(seconds=1))
    return drawn, ElementTree.fromstring(drawn)


def texts(root: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_every_step_has_a_row_with_its_name_and_what_it_took() -> None:
    _, root = picture_of(recorded("failed"))

    assert {"digits: ContainerFailedPing", "WaitForEndpoint", "20 s, 8 looks", "RemoveFailedDeployment"} <= set(
        texts(root)
    )
    failed = [text.text for text in root.iter(f"{SVG}text") if text.get("class") == "label-failed"]
    assert failed == ["WaitForEndpoint", "Failed"]


def test_the_bars_lie_within_the_picture_and_follow_each_other() -> None:
    _, root = picture_of(recorded("created"))
    width = float(root.attrib["width"])

    bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("class") != "ground"]
    starts = [float(bar.attrib["x"]) for bar in bars if bar.get("class") == "task"]

    assert all(float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width for bar in bars)
    assert len(starts) > 8
    assert min(starts) == starts[0]


def test_it_has_colours_for_light_and_for_dark_ground() -> None:
    drawn, _ = picture_of(recorded("created"))

    assert "prefers-color-scheme: dark" in drawn
    assert drawn.count("--ground: #") == drawn.count("--text: #") == 2


def test_names_that_hold_markup_stay_text() -> None:
    hostile = '</text><script>alert("x")</script>\x1b[31m'

    drawn, root = picture_of(recorded("failed"), error=hostile)

    assert "<script" not in drawn
    assert "\x1b" not in drawn
    assert '</text><script>alert("x")</script>[31m' in texts(root)[0]


def test_an_execution_that_has_just_begun_can_be_drawn() -> None:
    _, root = picture_of(recorded("created"), 0, status="RUNNING")

    assert texts(root)[0] == "digits: Running"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (42.4, "42 s"), (59.7, "1 min 00 s"), (185, "3 min 05 s")],
)
def test_lengths_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert length(seconds) == words


def test_long_lengths_and_axes() -> None:
    assert length(3720) == "1 h 02 min"
    assert [clock(seconds) for seconds in (0, 0.5, 45, 150, 3600)] == ["0", "0.5 s", "45 s", "2:30", "1:00:00"]
