"""The workflow as a picture: the position of each state, and the path of each edge.

The states are in the order of the definition, which is the order of execution: the main path is one column, the failure
path another beside it. An edge that does not lead to the next state uses a lane beside its column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from slipway_console.edge_routing import Cell, Lane, Side, lanes_of
from slipway_console.workflow import LINE_BREAK, Transition, Workflow, drawn_states, drawn_transitions

# Pixels, before the page scales the picture.
NODE_WIDTH, NODE_HEIGHT = 184, 24
ROW = 34
LANE, FIRST_LANE = 11, 16
CORNER = 6
PORT = 5  # an edge leaves a state this far below its middle and arrives this far above it, or the reverse
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
    """A transition; `path` is the data of an SVG path that ends at the tip of the arrow."""

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
    transitions = drawn_transitions(workflow)
    cells = _cells(workflow, transitions, failing)
    lanes = lanes_of(transitions, cells)
    columns = _columns(lanes, cells)
    nodes = {
        name: Node(name, workflow.states[name]["Type"], name in failing, columns.centres[cell.column], _y(cell.row))
        for name, cell in cells.items()
    }
    edges = (
        Edge(
            transition.source,
            transition.target,
            transition.label.replace(LINE_BREAK, ", "),
            transition.target in failing,
            _path(nodes[transition.source], nodes[transition.target], lanes[transition], columns),
        )
        for transition in transitions
    )
    height = _y(max(cell.row for cell in cells.values())) + NODE_HEIGHT / 2 + MARGIN
    return Picture(columns.width, height, NODE_WIDTH, NODE_HEIGHT, workflow.rescue, tuple(nodes.values()), tuple(edges))


@dataclass(frozen=True)
class _Columns:
    """The middles of the columns, and where the lanes between them begin."""

    centres: tuple[float, ...]
    between: float
    width: float


def _cells(workflow: Workflow, transitions: list[Transition], failing: set[str]) -> dict[str, Cell]:
    main = [name for name in drawn_states(workflow) if name not in failing]
    rest = [name for name in drawn_states(workflow) if name in failing]
    cells = {name: Cell(row, 0) for row, name in enumerate(main)}
    # The failure path begins beside the first state that leads there, and ends no lower than the main path.
    start = min(
        (
            cells[transition.source].row
            for transition in transitions
            if transition.source in cells and transition.target in failing
        ),
        default=0,
    )
    start = max(0, min(start, len(main) - len(rest)))
    return {**cells, **{name: Cell(start + row, 1) for row, name in enumerate(rest)}}


def _columns(lanes: Mapping[Transition, Lane], cells: Mapping[str, Cell]) -> _Columns:
    def room(side: Side, column: int | None = None) -> float:
        numbers = [
            lane.number
            for transition, lane in lanes.items()
            if lane.side is side and (column is None or cells[transition.source].column == column)
        ]
        return FIRST_LANE + LANE * max(numbers) if numbers else 0

    first = MARGIN + room(Side.LEFT, 0) + NODE_WIDTH / 2
    between = first + NODE_WIDTH / 2 + room(Side.RIGHT, 0)
    if all(cell.column == 0 for cell in cells.values()):
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
