"""Step Functions: executions that can be redriven, and nested ones that are executions of their own.

MiniStack walks the states of an execution without a way back into the middle. Here an execution keeps the state that it
is in, its input and the variables, from which RedriveExecution continues, and child executions of a Map Run are walked
the same way. https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
"""

from __future__ import annotations

import contextvars
import json
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from slipway_local.engine.patches import Engine, patch
from slipway_local.json_protocol import Response, error_response

logger = logging.getLogger(__name__)
Json = dict[str, Any]
START_DELAY = 0.15  # seconds, as MiniStack has it: StartExecution is answered before the first state
POLL = 0.05  # seconds between two polls of a nested execution
WITH_EXECUTION = ("Task", "Parallel", "Map")
current: ContextVar[Json | None] = ContextVar("slipway_execution", default=None)  # the one that a task is run for


def stepfunctions() -> Any:
    """Return MiniStack's module."""
    from ministack.services import stepfunctions as module  # noqa: PLC0415 - MiniStack reads its environment on import

    return module


@patch("ministack.services.stepfunctions", "_run_execution", "exec_arn")
def run_execution(_original: Callable[[str], None], _engine: Engine) -> Callable[[str], None]:
    """Run an execution from its first state, or from the state that it is redriven at."""

    def run(exec_arn: str) -> None:
        module = stepfunctions()
        execution = module._executions.get(exec_arn)
        if execution is None:
            return
        time.sleep(START_DELAY)
        machine = module._state_machines.get(execution["stateMachineArn"])
        if machine is None:
            module._fail_execution(execution, "StateMachineDeleted", "State machine no longer exists")
            return
        definition = execution.setdefault("_definition", json.loads(machine["definition"]))
        state_machine = {"Id": execution["stateMachineArn"], "Name": machine["name"]}
        perform(execution, definition, context_of(execution, definition, state_machine, machine["roleArn"]))

    return run


def context_of(execution: Json, definition: Json, state_machine: Json, role_arn: str) -> Json:
    """Return the context object that an execution begins with, or goes on with.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
    """
    own = {
        "Id": execution["executionArn"],
        "Input": json.loads(execution["input"]),
        "Name": execution["name"],
        "RoleArn": role_arn,
        "StartTime": execution["startDate"],
        "RedriveCount": execution.get("redriveCount", 0),
    }
    if "redriveDate" in execution:
        own["RedriveTime"] = execution["redriveDate"]
    _, _, variables = execution.get("_place", (None, None, {}))
    query_language = definition.get("QueryLanguage", "JSONPath")
    return {
        "QueryLanguage": query_language,
        "Execution": own,
        "StateMachine": state_machine,
        "variables": dict(variables),
    }


def perform(execution: Json, definition: Json, ctx: Json) -> None:
    """Walk the states to the end, and end the execution unless it was stopped meanwhile."""
    module, attempt = stepfunctions(), execution.get("redriveCount", 0)
    try:
        output = json.dumps(_walk(execution, definition, ctx))
    except module._ExecutionError as error:
        if _is_running(execution, attempt):
            module._fail_execution(execution, error.error, error.cause)
        return
    except Exception as bug:
        logger.exception("Unexpected error in execution %s", execution["executionArn"])
        module._fail_execution(execution, "States.Runtime", str(bug))
        return
    if _is_running(execution, attempt):
        execution.update(status="SUCCEEDED", output=output, stopDate=module.now_iso())
        module._add_event(execution, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}})
        module._emit_execution_status_event(execution)


def _is_running(execution: Json, attempt: int) -> bool:
    # What was stopped in the middle of a state, and redriven, is walked by another thread.
    return bool(execution["status"] == "RUNNING" and execution.get("redriveCount", 0) == attempt)


def _walk(execution: Json, definition: Json, ctx: Json) -> Any:
    module, states = stepfunctions(), definition.get("States", {})
    place = execution.get("_place")
    name, value = place[:2] if place else (definition.get("StartAt"), json.loads(execution["input"]))
    is_entered, attempt = place is not None, execution.get("redriveCount", 0)
    while name and _is_running(execution, attempt):
        state = states.get(name)
        if state is None:
            raise module._ExecutionError("States.Runtime", f"State '{name}' not found in definition")
        execution["_place"] = (name, value, dict(ctx["variables"]))
        ctx["State"] = {"Name": name, "EnteredTime": module.now_iso(), "RetryCount": 0}
        details = {"name": name, "input": json.dumps(value)}
        if not is_entered:
            module._add_event(execution, f"{state['Type']}StateEntered", {"stateEnteredEventDetails": details})
        is_entered = False
        value, following = _step(module, state, value, execution, ctx)
        details = {"name": name, "output": json.dumps(value)}
        module._add_event(execution, f"{state['Type']}StateExited", {"stateExitedEventDetails": details})
        name = following
    return value


def _step(module: Any, state: Json, value: Any, execution: Json, ctx: Json) -> tuple[Any, str | None]:
    kind = state["Type"]
    if kind == "Fail":
        raise module._ExecutionError(*module._fail_state_error(state, value, ctx))
    if kind == "Succeed":
        return _succeeded(module, state, value, ctx), None
    execute = getattr(module, f"_execute_{kind.lower()}", None)
    if execute is None:
        raise module._ExecutionError("States.Runtime", f"Unknown state type: {kind}")
    output: tuple[Any, str | None] = execute(state, value, *([execution] if kind in WITH_EXECUTION else []), ctx)
    return output


def _succeeded(module: Any, state: Json, value: Any, ctx: Json) -> Any:
    if module._state_query_language(state, ctx) == "JSONata":
        return module._apply_jsonata_output(state, value, ctx, default=value)
    return module._apply_output_path(state, module._apply_input_path(state, value, ctx), ctx)


Handler = Callable[[str, str, dict[str, str], bytes, Json], Awaitable[Response]]


@patch("ministack.services.stepfunctions", "handle_request", "method", "path", "headers", "body", "query_params")
def handle_request(original: Handler, _engine: Engine) -> Handler:
    """Answer RedriveExecution, which MiniStack does not know."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Json) -> Response:
        if not headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return await original(method, path, headers, body, query_params)
        finished: Response = stepfunctions()._finalize_response(redrive(json.loads(body)))
        return finished

    return handle


def redrive(request: Json) -> Response:
    """Continue an execution at the state that did not exit; a repeated client token is the same redrive."""
    module, arn = stepfunctions(), request.get("executionArn", "")
    execution = module._executions.get(arn)
    if execution is None:
        return error_response("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    tokens = execution.setdefault("_redrives", {})
    token = request.get("clientToken")
    if token not in tokens:
        status, reason = redrive_status(execution)
        if status != "REDRIVABLE":
            reason = reason or "It is redriven with its Map Run, by redriving the execution that started it"
            return error_response("ExecutionNotRedrivable", f"Execution is not redrivable: '{arn}'. {reason}.")
        restart(execution)
        execution["_map_runs_to_redrive"] = dict(execution.get("_map_runs", {}))
        tokens[token] = execution["redriveDate"]
        module._emit_execution_status_event(execution)
        threading.Thread(target=contextvars.copy_context().run, args=(module._run_execution, arn), daemon=True).start()
    answered: Response = module.json_response({"redriveDate": tokens[token]})
    return answered


def restart(execution: Json) -> None:
    """Set an execution running again."""
    module = stepfunctions()
    count = execution.get("redriveCount", 0) + 1
    execution.update(status="RUNNING", stopDate=None, output=None, redriveCount=count, redriveDate=module.now_iso())
    execution.pop("error", None)
    execution.pop("cause", None)
    details = {"executionRedrivenEventDetails": {"redriveCount": count}}
    module._add_event(execution, "ExecutionRedriven", details)


def redrive_status(execution: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return an execution's redriveStatus and, where it cannot be redriven, the reason."""
    if execution["status"] in ("RUNNING", "SUCCEEDED"):
        return "NOT_REDRIVABLE", f"Execution is {execution['status']} and cannot be redriven"
    return ("REDRIVABLE_BY_MAP_RUN" if execution.get("mapRunArn") else "REDRIVABLE"), None


@patch("ministack.services.stepfunctions", "_describe_execution", "data")
def describe_execution(original: Callable[[Json], Response], _engine: Engine) -> Callable[[Json], Response]:
    """Describe redrives too."""

    def described(data: Json) -> Response:
        response = original(data)
        execution = stepfunctions()._executions.get(data.get("executionArn"))
        if execution is None:
            return response
        status, reason = redrive_status(execution)
        found = {"redriveCount": execution.get("redriveCount", 0), "redriveStatus": status}
        found |= {"redriveStatusReason": reason} if reason else {}
        found |= {"redriveDate": execution["redriveDate"]} if "redriveDate" in execution else {}
        answered: Response = stepfunctions().json_response(json.loads(response[2]) | found)
        return answered

    return described


@patch("ministack.services.stepfunctions", "_list_executions", "data")
def list_executions(original: Callable[[Json], Response], _engine: Engine) -> Callable[[Json], Response]:
    """List how often each was redriven, and those only that redriveFilter asks for: a page may hold fewer."""

    def listed(data: Json) -> Response:
        module, response = stepfunctions(), original(data)
        page = json.loads(response[2])
        if "executions" not in page:
            return response
        for item in page["executions"]:
            item["redriveCount"] = module._executions[item["executionArn"]].get("redriveCount", 0)
        if "redriveFilter" in data:
            wanted = data["redriveFilter"] == "REDRIVEN"
            page["executions"] = [item for item in page["executions"] if bool(item["redriveCount"]) is wanted]
        answered: Response = module.json_response(page)
        return answered

    return listed


NESTED = "_invoke_nested_start_execution_sync"


@patch("ministack.services.stepfunctions", NESTED, "resource", "input_data")
def invoke_nested(_original: Callable[[str, Json], Json], _engine: Engine) -> Callable[[str, Json], Json]:
    """Wait for a nested execution that is one like any other: it is listed, stopped, and has events of its own.

    MiniStack runs it inside the task as an Express workflow, whose status changes are not published, and fails the
    task by the nested error's name. On AWS the error is States.TaskFailed, and its cause describes the execution.
    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    """

    def invoked(resource: str, input_data: Json) -> Json:
        module = stepfunctions()
        arn = module._invoke_nested_start_execution(resource, input_data)["ExecutionArn"]
        execution, parent = module._executions[arn], current.get()
        while execution["status"] == "RUNNING":
            if parent and parent["status"] != "RUNNING":
                module._stop_execution({"executionArn": arn, "cause": "The execution that waits for it was stopped"})
            time.sleep(POLL)
        described = _description(execution)
        if execution["status"] != "SUCCEEDED":
            raise module._ExecutionError("States.TaskFailed", json.dumps(described))
        if resource.endswith(".sync:2"):
            described["Output"] = json.loads(described["Output"])
        return described

    return invoked


def _description(execution: Json) -> Json:
    names = ("executionArn", "input", "name", "output", "startDate", "stateMachineArn", "status", "stopDate")
    found = {name[:1].upper() + name[1:]: execution[name] for name in names if execution.get(name) is not None}
    found |= {"InputDetails": {"Included": True}, "OutputDetails": {"Included": True}}
    if execution["status"] != "SUCCEEDED":
        del found["OutputDetails"]
        found.pop("Output", None)
        found |= {"Error": execution.get("error"), "Cause": execution.get("cause")}
    return found
