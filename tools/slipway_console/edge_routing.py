"""The route of each edge: straight down, or in a lane beside its column of states.

Edges to one state share a lane. Lanes that would overlap get different numbers, the shortest nearest to the states.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from slipway_console.workflow import Transition


class Side(Enum):
    """The side of the column that an edge uses."""

    STRAIGHT = "down to the very next state"
    RIGHT = "down, past others"
    LEFT = "back up"
    BETWEEN = "from one column to the other"


@dataclass(frozen=True)
class Cell:
    """The position of a state: row and column, both from 0."""

    row: int
    column: int


@dataclass(frozen=True)
class Lane:
    """The side of an edge, and its distance from the states: lane 0 is the nearest."""

    side: Side
    number: int


Cells = Mapping[str, Cell]
_Key = tuple[Side, int, str]  # side, column, target


def side_of(transition: Transition, cells: Cells) -> Side:
    """Return the side of an edge."""
    source, target = cells[transition.source], cells[transition.target]
    if source.column != target.column:
        return Side.BETWEEN
    if target.row == source.row + 1:
        return Side.STRAIGHT
    return Side.RIGHT if target.row > source.row else Side.LEFT


def lanes_of(transitions: Iterable[Transition], cells: Cells) -> dict[Transition, Lane]:
    """Return the lane of each transition."""
    keys = {transition: _key(transition, cells) for transition in transitions}
    spans: dict[_Key, range] = {}
    for transition, key in keys.items():
        spans[key] = _union(spans.get(key), _span(transition, cells))
    numbers = _numbers(spans)
    return {transition: Lane(key[0], numbers[key]) for transition, key in keys.items()}


def _numbers(spans: Mapping[_Key, range]) -> dict[_Key, int]:
    numbers: dict[_Key, int] = {}
    for key in sorted(spans, key=lambda key: (len(spans[key]), spans[key].start)):
        beside = {numbers[other] for other in numbers if other[:2] == key[:2] and _overlap(spans[other], spans[key])}
        numbers[key] = 0 if key[0] is Side.STRAIGHT else next(n for n in range(len(spans)) if n not in beside)
    return numbers


def _key(transition: Transition, cells: Cells) -> _Key:
    side = side_of(transition, cells)
    # The edges between the columns share one set of lanes.
    return side, 0 if side is Side.BETWEEN else cells[transition.source].column, transition.target


def _span(transition: Transition, cells: Cells) -> range:
    rows = sorted((cells[transition.source].row, cells[transition.target].row))
    return range(rows[0], rows[1] + 1)


def _union(one: range | None, other: range) -> range:
    return other if one is None else range(min(one.start, other.start), max(one.stop, other.stop))


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop
