"""Which way goes where: straight down, or in which lane around its column of states.

Ways to one state share a lane; lanes that would run over each other are kept apart, the shortest nearest to the states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from slipway_console.workflow import Way


class Side(Enum):
    """Where a way runs."""

    STRAIGHT = "down to the very next state"
    RIGHT = "down, past others"
    LEFT = "back up"
    BETWEEN = "from one column to the other"


@dataclass(frozen=True)
class Place:
    """Where a state stands: row and column, both from 0."""

    row: int
    column: int


@dataclass(frozen=True)
class Lane:
    """Where a way runs, and how far from the states: lane 0 is the nearest."""

    side: Side
    number: int


Places = Mapping[str, Place]
_Key = tuple[Side, int, str]  # side, column, target


def side_of(way: Way, places: Places) -> Side:
    """Return where a way runs."""
    source, target = places[way.source], places[way.target]
    if source.column != target.column:
        return Side.BETWEEN
    if target.row == source.row + 1:
        return Side.STRAIGHT
    return Side.RIGHT if target.row > source.row else Side.LEFT


def lanes_of(ways: Iterable[Way], places: Places) -> dict[Way, Lane]:
    """Return the lane of each way."""
    keys = {way: _key(way, places) for way in ways}
    spans: dict[_Key, range] = {}
    for way, key in keys.items():
        spans[key] = _union(spans.get(key), _span(way, places))
    numbers = _numbers(spans)
    return {way: Lane(key[0], numbers[key]) for way, key in keys.items()}


def _numbers(spans: Mapping[_Key, range]) -> dict[_Key, int]:
    numbers: dict[_Key, int] = {}
    for key in sorted(spans, key=lambda key: (len(spans[key]), spans[key].start)):
        beside = {numbers[other] for other in numbers if other[:2] == key[:2] and _overlap(spans[other], spans[key])}
        numbers[key] = 0 if key[0] is Side.STRAIGHT else next(n for n in range(len(spans)) if n not in beside)
    return numbers


def _key(way: Way, places: Places) -> _Key:
    side = side_of(way, places)
    # Between the columns there is one set of lanes, whichever column a way starts from.
    return side, 0 if side is Side.BETWEEN else places[way.source].column, way.target


def _span(way: Way, places: Places) -> range:
    rows = sorted((places[way.source].row, places[way.target].row))
    return range(rows[0], rows[1] + 1)


def _union(one: range | None, other: range) -> range:
    return other if one is None else range(min(one.start, other.start), max(one.stop, other.stop))


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop
