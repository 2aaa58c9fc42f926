"""One fault at one call of one deployment: what became of it, and a table of all."""

from __future__ import annotations

import builtins
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

from tests.workflow.faults import FOR_GOOD, PERMANENT, TRANSIENT, Call, Kind, Order
from tests.workflow.interpreter import Execution
from tests.workflow.inventory import Inventory
from tests.workflow.scenarios import Scenario, Stage
from tests.workflow.world import World

NAMED = re.compile(r"[A-Z][A-Za-z]+")
# botocore tries three times: one fault is its own affair, three in a row are the workflow's. Permanent ones stay.
Column = tuple[Kind, int]
SINGLE: tuple[Column, ...] = tuple((kind, 1) for kind in TRANSIENT)
PERSISTENT: tuple[Column, ...] = (*((kind, 3) for kind in TRANSIENT), *((kind, FOR_GOOD) for kind in PERMANENT))
# What SageMaker does not show to one call, because reads are eventually consistent or it is being replaced.
UNSEEN: tuple[Column, ...] = (("not visible", 1),)
# One of what has happened although it seems to have failed, of what is repeated, and of what is not repeated.
LIGHT: tuple[Column, ...] = (("response lost", 3), ("5xx", 3), ("access denied", FOR_GOOD))


@dataclass(frozen=True)
class Row:
    """The `skip`-th call of a state to an operation."""

    state: str
    operation: str
    skip: int


@dataclass(frozen=True)
class Moment:
    """A world before a state of an execution, when nothing else is under way, and the calls until then."""

    world: World
    execution: Execution
    calls: list[Call]

    @classmethod
    def of(cls, world: World, execution: Execution) -> Moment:
        """Keep a world as it is now."""
        kept = World(world.aws)
        kept.take_over(world)
        kept.accepted = list(world.accepted)
        world.aws.world = world
        return cls(kept, deepcopy(execution), list(world.calls))

    def again(self, stage: Stage) -> tuple[World, Execution]:
        """Return a new world that goes on from here."""
        world = stage.world(self.world)
        world.accepted = list(self.world.accepted)
        return world, world.go_on(deepcopy(self.execution))


@dataclass(frozen=True)
class Run:
    """A deployment that nothing disturbed: its calls, what was there before it and after it, and how it ended.

    `moments` are where another run with the same beginning may begin instead of at its start.
    """

    rows: list[Row]
    before: Inventory
    after: Inventory
    outcome: str
    moments: list[Moment]

    def last_before(self, row: Row) -> Moment:
        """Return the last moment before a call."""
        number = self.rows.index(row)
        return next(moment for moment in reversed(self.moments) if len(moment.calls) <= number)


@dataclass(frozen=True)
class Cell:
    """What became of a deployment; `wrong` says what must not be, empty if all is well."""

    row: Row
    kind: Kind
    count: int
    ending: str
    wrong: str


def clean_run(stage: Stage) -> Run:
    """Run a scenario undisturbed and record its calls."""
    world = stage.world()
    before = world.there()
    execution = world.start(stage.request, stage.scenario.machine)
    moments = []
    while execution.status == "RUNNING":
        if world.time.next_due is None:
            moments.append(Moment.of(world, execution))
        world.step(execution)
    assert execution.outcome == stage.scenario.outcome, execution.cause
    world.settle()
    return Run(list(_rows(world.calls)), before, world.there(), execution.outcome, moments)


def disturbed(stage: Stage, clean: Run, row: Row, kind: Kind, count: int) -> Cell:
    """Run a scenario with one call gone wrong."""
    moment = clean.last_before(row)
    world, execution = moment.again(stage)
    made = sum((call.state, call.name) == (row.state, row.operation) for call in moment.calls)
    world.orders.append(Order(kind, row.state, row.operation, row.skip - made, count))
    world.run()
    world.settle()
    after = world.there()
    wrong = _wrong(clean, execution, after, row, kind, is_transient=count < FOR_GOOD)
    if repeated := [what for what, number in Counter(world.created).items() if number > 1]:
        wrong += f" made more than once: {repeated}"
    return Cell(row, kind, count, execution.outcome + _remark(clean, execution, after), wrong)


def _wrong(clean: Run, execution: Execution, after: Inventory, row: Row, kind: Kind, *, is_transient: bool) -> str:
    outcome = execution.outcome
    if execution.status == "SUCCEEDED":
        if row.state == "RemoveCandidate" and any("candidate" in one for one in execution.output["Warnings"]):
            after = _without_candidates(after)  # what may not be deleted cannot be gone
        return "" if after == clean.after else f"ends with {after}, not {clean.after}"
    # To a redeployment the configuration that its request names is gone then.
    expected = {clean.outcome, "EndpointConfigNotFound"} if kind == "not visible" else {clean.outcome}
    if is_transient and outcome not in expected:
        return f"a transient fault ends it with {outcome}"
    if not NAMED.fullmatch(outcome) or hasattr(builtins, outcome):
        return f"{outcome} is no name"
    if after in (clean.before, clean.after):
        return ""
    # What may not be deleted or replaced cannot be gone; then the failure has to say so.
    is_left = not is_transient and row.state in ("RestorePreviousConfig", "RemoveFailedDeployment")
    if is_left and json.loads(execution.cause)["Resources"]["Kept"]:
        return ""
    left, gone = after.names() - clean.before.names(), clean.before.names() - after.names()
    return f"{outcome} leaves {sorted(left)} and misses {sorted(gone)}"


def _without_candidates(found: Inventory) -> Inventory:
    configs = {name: models for name, models in found.configs.items() if "-candidate-" not in name}
    endpoints = {name: about for name, about in found.endpoints.items() if "-candidate-" not in name}
    return replace(found, configs=configs, endpoints=endpoints)


def _remark(clean: Run, execution: Execution, after: Inventory) -> str:
    if execution.status == "SUCCEEDED" or after == clean.before:
        return ""
    return ", serving" if after == clean.after else ", kept"


def _rows(calls: list[Call]) -> Iterator[Row]:
    seen: Counter[tuple[str, str]] = Counter()
    for call in calls:
        yield Row(call.state, call.name, seen[call.state, call.name])
        seen[call.state, call.name] += 1


def matrix(stage: Stage, columns: Collection[Column]) -> list[Cell]:
    """Return every cell of a scenario: each call times each fault."""
    clean = clean_run(stage)
    states = stage.scenario.states
    rows = [row for row in clean.rows if not states or row.state in states]
    assert {*states} <= {row.state for row in rows}
    cells = ((row, kind, count) for row in rows for kind, count in columns)
    return [disturbed(stage, clean, *cell) for cell in cells if _may_happen(*cell[:2])]


def _may_happen(row: Row, kind: Kind) -> bool:
    # A deletion that finds nothing has nothing to delete.
    return kind != "not visible" or (row.operation.startswith("sagemaker:") and not row.state.startswith("Remove"))


def table(scenario: Scenario, cells: list[Cell]) -> str:
    """Return the cells as text: one call a line, one fault a column."""
    rows = {row: [cell for cell in cells if cell.row == row] for row in dict.fromkeys(cell.row for cell in cells)}
    lines = [[scenario.name, *map(_head, next(iter(rows.values())))]]
    for row, of_row in rows.items():
        call = f"{row.state} {row.operation}" + (f" #{row.skip + 1}" if row.skip else "")
        lines.append([call, *map(_shown, of_row)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _head(cell: Cell) -> str:
    return cell.kind if cell.count in (1, FOR_GOOD) else f"{cell.kind} x{cell.count}"


def _shown(cell: Cell) -> str:
    return f"WRONG {cell.ending}" if cell.wrong else cell.ending
