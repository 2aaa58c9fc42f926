"""The workflow as a picture: where each state stands, and the line that each way takes.

The states stand as they are written, which is the order that they run in: the main path as one column, the failure
path as another beside it. What does not lead to the very next state runs around its column in a lane.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from slipway_console.lanes import Lane, Place, Side, lanes_of
from slipway_console.workflow import LINE_BREAK, Way, Workflow, drawn_states, drawn_ways

# Pixels, before the page scales the picture.
NODE_WIDTH, NODE_HEIGHT = 184, 24
ROW = 34
LANE, FIRST_LANE = 11, 16
CORNER = 6
PORT = 5  # a way leaves a state's side this far below the middle, and arrives this far above, or the other way round
MARGIN = 6


@dataclass(frozen=True)
class Node:
    """A state; `x` and `y` are its centre."""

    name: str
    kind: str
    failing: bool
    x: float
    y: float


@dataclass(frozen=True)
class Edge:
    """A way; `path` is an SVG path's data, which ends at the tip of the arrow."""

    source: str
    target: str
    label: str
    failing: bool
    path: str


@dataclass(frozen=True)
class Picture:
    """All of it, in the order of the definition. `rescue` is the state that any error on the main path leads to."""

    width: float
    height: float
    node_width: float
    node_height: float
    rescue: str | None
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as the page reads it."""
        return asdict(self)


def draw(workflow: Workflow) -> Picture:
    """Return the picture of a workflow."""
    failing = set(workflow.failure_path)
    ways = drawn_ways(workflow)
    places = _places(workflow, ways, failing)
    lanes = lanes_of(ways, places)
    columns = _columns(lanes, places)
    nodes = {
        name: Node(name, workflow.states[name]["Type"], name in failing, columns.centres[place.column], _y(place.row))
        for name, place in places.items()
    }
    edges = (
        Edge(
            way.source,
            way.target,
            way.label.replace(LINE_BREAK, ", "),
            way.target in failing,
            _path(nodes[way.source], nodes[way.target], lanes[way], columns),
        )
        for way in ways
    )
    height = _y(max(place.row for place in places.values())) + NODE_HEIGHT / 2 + MARGIN
    return Picture(columns.width, height, NODE_WIDTH, NODE_HEIGHT, workflow.rescue, tuple(nodes.values()), tuple(edges))


@dataclass(frozen=True)
class _Columns:
    """The middles of the columns, and where the lanes between them begin."""

    centres: tuple[float, ...]
    between: float
    width: float


def _places(workflow: Workflow, ways: list[Way], failing: set[str]) -> dict[str, Place]:
    main = [name for name in drawn_states(workflow) if name not in failing]
    rest = [name for name in drawn_states(workflow) if name in failing]
    places = {name: Place(row, 0) for row, name in enumerate(main)}
    # The failure path begins beside the first state that leads there, and ends no lower than the main path.
    start = min((places[way.source].row for way in ways if way.source in places and way.target in failing), default=0)
    start = max(0, min(start, len(main) - len(rest)))
    return {**places, **{name: Place(start + row, 1) for row, name in enumerate(rest)}}


def _columns(lanes: Mapping[Way, Lane], places: Mapping[str, Place]) -> _Columns:
    def room(side: Side, column: int | None = None) -> float:
        numbers = [
            lane.number
            for way, lane in lanes.items()
            if lane.side is side and (column is None or places[way.source].column == column)
        ]
        return FIRST_LANE + LANE * max(numbers) if numbers else 0

    first = MARGIN + room(Side.LEFT, 0) + NODE_WIDTH / 2
    between = first + NODE_WIDTH / 2 + room(Side.RIGHT, 0)
    if all(place.column == 0 for place in places.values()):
        return _Columns((first,), between, between + MARGIN)
    second = between + room(Side.BETWEEN) + FIRST_LANE + room(Side.LEFT, 1) + NODE_WIDTH / 2
    return _Columns((first, second), between, second + NODE_WIDTH / 2 + room(Side.RIGHT, 1) + MARGIN)


def _y(row: int) -> float:
    return MARGIN + NODE_HEIGHT / 2 + row * ROW


def _path(source: Node, target: Node, lane: Lane, columns: _Columns) -> str:
    if lane.side is Side.STRAIGHT:
        return f"M{source.x:g},{source.y + NODE_HEIGHT / 2:g} V{target.y - NODE_HEIGHT / 2:g}"
    distance = FIRST_LANE + LANE * lane.number
    half = NODE_WIDTH / 2
    if lane.side is Side.RIGHT:
        return _around(source.x + half, source.y, source.x + half + distance, target.x + half, target.y)
    if lane.side is Side.LEFT:
        return _around(source.x - half, source.y, source.x - half - distance, target.x - half, target.y)
    outward = half if target.x > source.x else -half
    return _around(source.x + outward, source.y, columns.between + distance, target.x - outward, target.y)


def _around(x: float, y: float, lane: float, target_x: float, target_y: float) -> str:
    """Return a line to the lane, along it, and from it to the target, with round corners."""
    if y == target_y:
        return f"M{x:g},{y:g} H{target_x:g}"
    down = 1 if target_y > y else -1
    y, target_y = y + PORT * down, target_y - PORT * down
    out = CORNER if lane > x else -CORNER
    back = CORNER if target_x > lane else -CORNER
    turn = CORNER * down
    return (
        f"M{x:g},{y:g} H{lane - out:g} Q{lane:g},{y:g} {lane:g},{y + turn:g} "
        f"V{target_y - turn:g} Q{lane:g},{target_y:g} {lane + back:g},{target_y:g} H{target_x:g}"
    )
