"""Where the states and the lines of a workflow's picture are."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from slipway_console.edge_routing import Cell, Side, lanes_of
from slipway_console.picture import NODE_HEIGHT, NODE_WIDTH, draw
from slipway_console.workflow import Kind, Transition, Workflow, drawn_states, drawn_transitions, read_workflow
from tests.conventions.project import DEFINITION

PLACES = {f"S{row}{column}": Cell(row, column) for row in range(7) for column in range(2)}


def workflow() -> Workflow:
    return read_workflow(DEFINITION.read_text(encoding="utf-8"))


def test_every_state_and_every_way_of_the_workflow_is_there() -> None:
    picture = draw(workflow())
    assert {node.name for node in picture.nodes} == set(drawn_states(workflow()))
    transitions = {(transition.source, transition.target) for transition in drawn_transitions(workflow())}
    assert {(edge.source, edge.target) for edge in picture.edges} == transitions
    assert picture.rescue == "ExplainFailure"


def test_no_two_states_overlap_and_nothing_leaves_the_picture() -> None:
    picture = draw(workflow())
    for node in picture.nodes:
        near = [other for other in picture.nodes if abs(other.x - node.x) < NODE_WIDTH]
        assert [other for other in near if abs(other.y - node.y) < NODE_HEIGHT] == [node]
    for edge in picture.edges:
        for command, numbers in re.findall(r"([MHVQ])([^MHVQ]*)", edge.path):
            values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
            xs = {"H": values, "V": []}.get(command, values[::2])
            ys = {"H": [], "V": values}.get(command, values[1::2])
            assert all(0 <= x <= picture.width for x in xs), edge
            assert all(0 <= y <= picture.height for y in ys), edge


def test_the_failure_path_is_a_column_beside_the_main_path() -> None:
    picture = draw(workflow())
    main = {node.x for node in picture.nodes if not node.failing}
    rest = {node.x for node in picture.nodes if node.failing}
    assert len(main) == len(rest) == 1
    assert max(main) < min(rest)


def test_a_workflow_that_cannot_fail_is_one_column() -> None:
    states = "StartAt: A\nStates:\n  A: {Type: Wait, Seconds: 1, Next: B}\n  B: {Type: Succeed}\n"
    picture = draw(read_workflow(states))
    assert [node.name for node in picture.nodes] == ["A", "B"]
    assert picture.rescue is None
    assert picture.width < 2 * NODE_WIDTH


def distinct(pairs: list[tuple[str, str]]) -> list[Transition]:
    return [Transition(source, target, Kind.NEXT) for source, target in pairs if source != target]


@given(st.lists(st.tuples(st.sampled_from(sorted(PLACES)), st.sampled_from(sorted(PLACES))), unique=True, max_size=25))
def test_lanes_run_over_each_other_only_on_the_way_to_the_same_state(pairs: list[tuple[str, str]]) -> None:
    transitions = distinct(pairs)
    lanes = lanes_of(transitions, PLACES)
    for one in transitions:
        for other in transitions:
            if lanes[one].side is Side.STRAIGHT or lanes[one] != lanes[other] or one.target == other.target:
                continue
            beside = lanes[one].side is Side.BETWEEN or PLACES[one.source].column == PLACES[other.source].column
            assert not beside or not rows(one) & rows(other)


def rows(transition: Transition) -> set[int]:
    ends = sorted((PLACES[transition.source].row, PLACES[transition.target].row))
    return set(range(ends[0], ends[1] + 1))
