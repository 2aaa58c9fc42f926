"""An execution's history as the states that it went through. Pure: events in, values out.

Events are those of GetExecutionHistory, oldest first. The workflow has no Parallel and no Map, so that one state is
entered after the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

ENTERED, EXITED = "StateEntered", "StateExited"
ENDINGS = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted")
# What an attempt of a task ends with when it does not succeed.
ATTEMPT_FAILED = (
    "TaskFailed",
    "TaskTimedOut",
    "TaskStartFailed",
    "TaskSubmitFailed",
    "LambdaFunctionFailed",
    "LambdaFunctionTimedOut",
    "LambdaFunctionStartFailed",
    "LambdaFunctionScheduleFailed",
)
# Loops of the workflow, shown as one step each: state -> the state that gives the loop its name.
STEP_OF = {
    "DescribeEndpoint": "WaitForEndpoint",
    "IsEndpointInService": "WaitForEndpoint",
    "IsEndpointBusy": "CreateEndpoint",
    "WaitForTurn": "CreateEndpoint",
    "IsCandidateCreated": "CreateCandidate",
    "DescribeCandidate": "WaitForCandidate",
    "IsCandidateInService": "WaitForCandidate",
    "IsCandidateRemoved": "RemoveCandidate",
    "WaitForCandidateRemoval": "RemoveCandidate",
    "IsRestorationBusy": "RestorePreviousConfig",
    "WaitForPreviousConfig": "RestorePreviousConfig",
}
SILENT = ("Choice", "Pass")  # they take no time
EXPLAINED_BY = "ExplainFailure"  # where every failure leads


@dataclass(frozen=True)
class Visit:
    """One stay in a state. `errors` are those of attempts that failed, `has_failed` says that the last one did."""

    state: str
    kind: str  # Task, Wait, Choice, Pass, Succeed, Fail
    entered: datetime
    exited: datetime | None = None
    errors: tuple[str, ...] = ()
    has_failed: bool = False

    def seconds(self, now: datetime) -> float:
        """Return how long it took, or has taken so far."""
        return ((self.exited or now) - self.entered).total_seconds()


@dataclass(frozen=True)
class Step:
    """Visits that are shown as one: a state, or a loop of the workflow. `has_failed`: the execution failed in it."""

    name: str
    visits: tuple[Visit, ...]
    has_failed: bool = False

    @property
    def entered(self) -> datetime:
        """Return when it began."""
        return self.visits[0].entered

    @property
    def exited(self) -> datetime | None:
        """Return when it ended, None while it goes on."""
        return self.visits[-1].exited

    @property
    def errors(self) -> tuple[str, ...]:
        """Return the errors of its attempts, those that were retried among them."""
        return tuple(error for visit in self.visits for error in visit.errors)

    @property
    def kind(self) -> str:
        """Return the kind of the state that gave it its name, or of its first one."""
        return next((visit.kind for visit in self.visits if visit.state == self.name), self.visits[0].kind)

    def seconds(self, now: datetime) -> float:
        """Return how long it took, or has taken so far."""
        return ((self.exited or now) - self.entered).total_seconds()


def visits_of(events: Iterable[Mapping[str, Any]]) -> list[Visit]:
    """Return the visits in their order; the last one of an execution that runs has not been exited."""
    visits: list[Visit] = []
    for event in events:
        kind, moment = str(event["type"]), event["timestamp"]
        if kind.endswith(ENTERED):
            _exit(visits, moment)
            visits.append(Visit(event["stateEnteredEventDetails"]["name"], kind.removesuffix(ENTERED), moment))
        elif kind.endswith(EXITED) or kind in ENDINGS:
            _exit(visits, moment)
        elif kind in ATTEMPT_FAILED and visits:
            error = _details(event).get("error") or kind
            visits[-1] = replace(visits[-1], errors=(*visits[-1].errors, error), has_failed=True)
        elif kind.endswith("Succeeded") and visits:
            visits[-1] = replace(visits[-1], has_failed=False)
    return visits


def steps_of(visits: Iterable[Visit]) -> list[Step]:
    """Return the steps to show: the states that do something, and each loop once."""
    steps: list[Step] = []
    for visit in visits:
        name = STEP_OF.get(visit.state, visit.state)
        if steps and visit.state == EXPLAINED_BY:
            steps[-1] = replace(steps[-1], has_failed=True)
        if steps and steps[-1].name == name:
            steps[-1] = replace(steps[-1], visits=(*steps[-1].visits, visit))
        elif visit.kind not in SILENT:
            steps.append(Step(name, (visit,), has_failed=visit.kind == "Fail"))
    return steps


def result_of(events: Iterable[Mapping[str, Any]], state: str) -> dict[str, Any]:
    """Return the last result of a state's Lambda function; empty where there is none yet."""
    current, result = "", {}
    for event in events:
        if str(event["type"]).endswith(ENTERED):
            current = event["stateEnteredEventDetails"]["name"]
        elif event["type"] == "TaskSucceeded" and current == state:
            result = _payload(event)
    return result


def _exit(visits: list[Visit], moment: datetime) -> None:
    if visits and visits[-1].exited is None:
        visits[-1] = replace(visits[-1], exited=moment)


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the details of an event, whose key depends on its type."""
    found = (value for name, value in event.items() if name.endswith("EventDetails") and isinstance(value, Mapping))
    return next(found, {})


def _payload(event: Mapping[str, Any]) -> dict[str, Any]:
    payload = json.loads(_details(event).get("output") or "{}").get("Payload")
    return payload if isinstance(payload, dict) else {}
