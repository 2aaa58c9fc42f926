"""Functions that are killed after each of their calls, and executions that stop in every state and begin again."""

from __future__ import annotations

import pytest

from tests.conventions.project import lambda_states
from tests.workflow.fault_matrix import Row, Run, clean_run, disturbed
from tests.workflow.faults import FOR_GOOD
from tests.workflow.interpreter import Execution
from tests.workflow.scenarios import ALL, BAD, GOOD, Scenario, Stage
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

# An update calls all that a creation calls; where an execution stops, what it has made matters too.
KILLED = [scenario for scenario in ALL if scenario.name not in ("create", "failing create")]


def of_functions(clean: Run) -> list[Row]:
    return [row for row in clean.rows if row.state in lambda_states()]


def each(*scenarios: Scenario) -> pytest.MarkDecorator:
    # What repeats the rest of another scenario has the same functions.
    return pytest.mark.parametrize("scenario", [case(one) for one in scenarios if not one.states])


def case(scenario: Scenario) -> object:
    # A failing update makes what a creation and an update make, and has something to put back.
    light = scenario.name == "failing update" or "transform" in scenario.name
    marks = () if light else pytest.mark.full
    return pytest.param(scenario, id=scenario.name.replace(" ", "-"), marks=marks)


# Killed before a call is killed after the one before it, with nothing of AWS's in between.
@each(*KILLED)
def test_a_function_killed_after_any_call_changes_nothing_about_the_end(
    new_world: MakeWorld, scenario: Scenario
) -> None:
    stage = Stage(new_world, scenario)
    clean = clean_run(stage)
    assert of_functions(clean)
    cells = [disturbed(stage, clean, row, "killed after", 1) for row in of_functions(clean)]
    assert [f"{cell.row}: {cell.wrong}" for cell in cells if cell.wrong] == []


@each(*KILLED)
def test_a_function_killed_again_and_again_ends_by_name_and_leaves_nothing(
    new_world: MakeWorld, scenario: Scenario
) -> None:
    stage = Stage(new_world, scenario)
    clean = clean_run(stage)
    last = {row.state: row for row in of_functions(clean)}
    cells = [disturbed(stage, clean, row, "killed after", FOR_GOOD) for row in last.values()]
    assert [f"{cell.row}: {cell.wrong}" for cell in cells if cell.wrong] == []


def stopped_and_started_again(stage: Stage, steps: int) -> tuple[World, Execution, Execution]:
    """Stop an execution after some states; return the world after a second one with the same input has ended."""
    world = stage.world()
    stopped = world.start(stage.request, stage.scenario.machine)
    for _ in range(steps):
        world.step(stopped)
    stopped.stop()
    again = world.deploy(stage.request, stage.scenario.machine)
    world.settle()
    return world, stopped, again


def states_of(stage: Stage) -> int:
    return len(stage.world().deploy(stage.request, stage.scenario.machine).history)


@each(*GOOD)
def test_an_execution_stopped_in_any_state_and_started_again_ends_the_same(
    new_world: MakeWorld, scenario: Scenario
) -> None:
    stage = Stage(new_world, scenario)
    clean = clean_run(stage)
    for steps in range(states_of(stage)):
        world, stopped, again = stopped_and_started_again(stage, steps)
        assert (again.status, world.there()) == ("SUCCEEDED", clean.after), stopped.next_state


@each(*BAD)
def test_a_failure_after_a_stop_leaves_nothing_of_either(new_world: MakeWorld, scenario: Scenario) -> None:
    stage = Stage(new_world, scenario)
    clean = clean_run(stage)
    for steps in range(states_of(stage)):
        world, stopped, again = stopped_and_started_again(stage, steps)
        assert (again.outcome, world.there()) == (clean.outcome, clean.after), stopped.next_state


@pytest.mark.parametrize("scenario", [case(one) for one in BAD[:2]])
def test_a_deployment_that_waited_for_an_equal_stopped_one_and_fails_leaves_nothing_of_either(
    new_world: MakeWorld, scenario: Scenario
) -> None:
    stage = Stage(new_world, scenario)
    for steps in range(states_of(stage)):
        world = stage.world()
        before = world.there()
        stopped, waiting = (
            world.start(stage.request, stage.scenario.machine),
            world.start(stage.request, stage.scenario.machine),
        )
        for _ in range(steps):
            world.step(stopped)
        stopped.stop()
        world.run()
        world.settle()
        assert (waiting.status, world.there()) == ("FAILED", before), stopped.next_state
