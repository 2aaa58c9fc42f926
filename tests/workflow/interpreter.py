"""One execution of the state machine, a state at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from tests.conventions.project import Json
from tests.workflow.expressions import EVALUATION_FAILED, Evaluator
from tests.workflow.failures import StillRunning, TaskError

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "STOPPED"]
CallTask = Callable[["Execution", str, Any], Any]
RunMap = Callable[["Execution", Any], Any]

# Step Functions developer guide, "Handling errors": neither is caught by States.ALL.
NEVER_CAUGHT = {"States.DataLimitExceeded", "States.Runtime"}
# The fields of a Map that are read once it is entered; the others are its child executions' own.
OF_THE_MAP = ("ItemReader", "MaxConcurrency", "ToleratedFailurePercentage", "ResultWriter")
POLL = timedelta(seconds=10)


@dataclass
class Execution:
    """What there is to know of one execution; `due` is when its next state, or its next attempt, is to be run."""

    name: str
    arn: str
    state_machine: str
    input: Any
    started: datetime
    next_state: str
    due: datetime
    entered: datetime
    ended: datetime | None = None
    data: Any = None
    variables: Json = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    status: Status = "RUNNING"
    output: Any = None
    error: str = ""
    cause: str = ""
    is_waiting: bool = False
    waits_for: Any = None  # the nested execution or the Map Run of the state that it is in

    @property
    def outcome(self) -> str:
        """Return how it ended: the Outcome of its output, or the name of its error."""
        return str(self.output["Outcome"]) if self.status == "SUCCEEDED" else self.error

    def stop(self) -> None:
        """Do what StopExecution does: nothing of it happens any more."""
        self.status = "STOPPED"


class Interpreter:
    """Runs the states of a definition; `call_task` performs a Task's resource with its arguments."""

    def __init__(
        self,
        machine: Json,
        now: Callable[[], datetime],
        random: Random,
        call_task: CallTask,
        run_map: RunMap | None = None,
    ) -> None:
        self._states = machine["States"]
        self._start_at = machine["StartAt"]
        self._now = now
        self._random = random
        self._call_task = call_task
        self._run_map = run_map
        self._evaluator = Evaluator(now, random)

    def start(self, name: str, arn: str, state_machine: str, request: Any) -> Execution:
        """Return a new execution that has not entered its first state."""
        now = self._now()
        return Execution(name, arn, state_machine, request, now, self._start_at, now, now, data=request)

    def step(self, execution: Execution) -> None:
        """Run one state, or one attempt of a Task."""
        name = execution.next_state
        state = self._states[name]
        if not execution.attempts and not execution.is_waiting:
            execution.history.append(name)
            execution.entered = self._now()
        execution.is_waiting = False
        try:
            getattr(self, f"_{state['Type'].lower()}")(execution, state)
        except StillRunning:
            execution.is_waiting, execution.due = True, self._now() + POLL
        except TaskError as error:
            self._failed(execution, state, error)
        if execution.status != "RUNNING":
            execution.ended = self._now()

    # State types.

    def _pass(self, execution: Execution, state: Json) -> None:
        self._leave(execution, state, state)

    def _task(self, execution: Execution, state: Json) -> None:
        arguments = self._value(execution, state.get("Arguments"))
        result = self._call_task(execution, state["Resource"], arguments)
        self._leave(execution, state, state, result=result, output=result)

    def _map(self, execution: Execution, state: Json) -> None:
        assert self._run_map
        fields = {name: self._value(execution, state[name]) for name in OF_THE_MAP}
        result = self._run_map(execution, {**state, **fields})
        self._leave(execution, state, state, result=result, output=result)

    def _choice(self, execution: Execution, state: Json) -> None:
        for rule in state["Choices"]:
            holds = self._value(execution, rule["Condition"])
            if not isinstance(holds, bool):
                raise TaskError(EVALUATION_FAILED, f"{rule['Condition']} is {holds!r}, but must be a boolean")
            if holds:
                self._leave(execution, rule, rule)
                return
        if "Default" not in state:
            raise TaskError("States.NoChoiceMatched", execution.next_state)
        self._leave(execution, state, {"Next": state["Default"]})

    def _wait(self, execution: Execution, state: Json) -> None:
        if "Timestamp" in state:
            until = datetime.fromisoformat(self._value(execution, state["Timestamp"]).replace("Z", "+00:00"))
        else:
            until = self._now() + timedelta(seconds=self._value(execution, state["Seconds"]))
        self._leave(execution, state, state)
        execution.due = max(until, self._now())

    def _succeed(self, execution: Execution, state: Json) -> None:
        self._leave(execution, state, {"End": True})

    def _fail(self, execution: Execution, state: Json) -> None:
        error = self._value(execution, state.get("Error", ""))
        execution.error, execution.cause = error, self._value(execution, state.get("Cause", ""))
        execution.status = "FAILED"

    # Ways out of a state.

    def _leave(self, execution: Execution, rule: Json, target: Json, *, output: Any = None, **states: Any) -> None:
        """Evaluate Output and Assign, both of the variables as they were, and go where `target` says."""
        left = execution.data if output is None else output
        left = self._value(execution, rule["Output"], states) if "Output" in rule else left
        assigned = {name: self._value(execution, value, states) for name, value in rule.get("Assign", {}).items()}
        execution.variables = {**execution.variables, **assigned}
        execution.data = left
        execution.attempts = {}
        execution.waits_for = None
        if "Next" in target:
            execution.next_state = target["Next"]
        else:
            execution.status, execution.output = "SUCCEEDED", left

    def _failed(self, execution: Execution, state: Json, error: TaskError) -> None:
        if self._retried(execution, state.get("Retry", []), error.error):
            return
        for catcher in state.get("Catch", []):
            if matches(catcher["ErrorEquals"], error.error):
                output = {"Error": error.error, "Cause": error.cause}
                self._leave(execution, catcher, catcher, output=output, errorOutput=output)
                return
        execution.status, execution.error, execution.cause = "FAILED", error.error, error.cause

    def _retried(self, execution: Execution, retriers: list[Json], error: str) -> bool:
        for index, retrier in enumerate(retriers):
            if matches(retrier["ErrorEquals"], error):
                done = execution.attempts.get(index, 0)
                if done >= retrier.get("MaxAttempts", 3):
                    return False
                execution.attempts[index] = done + 1
                execution.due = self._now() + timedelta(seconds=self._delay(retrier, done))
                return True
        return False

    def _delay(self, retrier: Json, done: int) -> float:
        delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** done
        delay = min(delay, retrier.get("MaxDelaySeconds", delay))
        return self._random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay

    def _value(self, execution: Execution, template: Any, states: Json | None = None) -> Any:
        about = {"input": execution.data, "context": self._context(execution), **(states or {})}
        return self._evaluator.value(template, execution.variables, about)

    def _context(self, execution: Execution) -> Json:
        own = {
            "Id": execution.arn,
            "Input": execution.input,
            "Name": execution.name,
            "StartTime": instant(execution.started),
        }
        here = {
            "EnteredTime": instant(execution.entered),
            "Name": execution.next_state,
            "RetryCount": sum(execution.attempts.values()),
        }
        machine = {"Id": execution.state_machine, "Name": execution.state_machine.rpartition(":")[2]}
        return {"Execution": own, "State": here, "StateMachine": machine}


def matches(error_equals: Iterable[str], error: str) -> bool:
    """Say whether an ErrorEquals names an error (developer guide, "Handling errors")."""
    names = set(error_equals)
    if error in names:
        return True
    if "States.ALL" in names:
        return error not in NEVER_CAUGHT
    return "States.TaskFailed" in names and error != "States.Timeout"


def instant(at: datetime) -> str:
    """Return an instant as the context object writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
