"""Step Functions: Map states in Distributed mode as AWS runs them.

MiniStack ignores JSONata on the state, ItemBatcher and ResultWriter, shows the parent's context to the children, keeps
no history of theirs, and decides on failures when all have ended.
https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html and the pages of its fields
"""

from __future__ import annotations

import contextvars
import json
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from slipway_local.engine.authorization import WORKFLOWS
from slipway_local.engine.map_results import UNSUCCESSFUL, Child, batches, counts, is_exceeded, result_files, results
from slipway_local.engine.patches import Engine, patch
from slipway_local.engine.patches.executions import context_of, perform, restart, stepfunctions
from slipway_local.iam.required_actions import RequiredAction

Json = dict[str, Any]
MAX_AT_ONCE = 64  # child executions of a Map Run, where AWS runs up to 10,000
MAX_OUTPUT = 256 * 1024  # bytes of a state's output
LIMITS = {"toleratedFailureCount": "ToleratedFailureCount", "toleratedFailurePercentage": "ToleratedFailurePercentage"}
LOOK_AGAIN = 0.1  # seconds until a stop of the parent, or an update of the Map Run, is seen
PARAMETERS = ("state_def", "raw_input", "effective", "iterator", "execution", "ctx")


@patch("ministack.services.stepfunctions", "_s3_object_text", "bucket", "key")
def s3_object_text(original: Callable[[str, str], str], _engine: Engine) -> Callable[[str, str], str]:
    """Read a large object too, which the local S3 sends in pieces."""

    def text(bucket: str, key: str) -> str:
        from ministack.services import s3  # noqa: PLC0415 - MiniStack reads its environment when it is imported

        found = s3._get_object_data(bucket, key)
        return original(bucket, key) if found is None else found.decode()

    return text


@patch("ministack.services.stepfunctions", "_map_run_view", "run")
def map_run_view(original: Callable[[Json], Json], _engine: Engine) -> Callable[[Json], Json]:
    """Count a Map Run's items and executions as it is described."""

    def view(run: Json) -> Json:
        written = run["_results_written"]
        found = {"itemCounts": True, "executionCounts": False}
        counted = {name: counts(run["_children"], of_items=of_items) for name, of_items in found.items()}
        if written:
            for each in counted.values():
                each["resultsWritten"] = each["total"]
        return {**original(run), **counted}

    return view


@patch("ministack.services.stepfunctions", "_run_distributed_map", *PARAMETERS)
def run_distributed_map(_original: Callable[..., Any], engine: Engine) -> Callable[..., Any]:
    """Run child executions, and return the state's output and the next state."""

    def run(state_def: Json, raw_input: Any, effective: Any, iterator: Json, execution: Json, ctx: Json) -> Any:
        state = MapState(state_def, raw_input, effective, ctx, execution, engine)
        found = MapRun(state, iterator, _record_of(state))
        found.run()
        return state.finish(found.output())

    return run


def _record_of(state: MapState) -> Json:
    """Return the Map Run of the state that is redriven, or a new one. A Retry of the state starts a new one."""
    execution, name = state.execution, state.ctx["State"]["Name"]
    redriven = execution.get("_map_runs_to_redrive", {}).pop(name, None)
    module = stepfunctions()
    if redriven is not None and module._map_runs[redriven]["status"] != "SUCCEEDED":
        record: Json = module._map_runs[redriven]
        record.update(status="RUNNING", redriveCount=record["redriveCount"] + 1, redriveDate=module.now_iso())
        record.pop("stopDate", None)
        state.event("MapRunRedriven", mapRunArn=redriven, redriveCount=record["redriveCount"])
        return record
    record = _new_record(state)
    module._map_runs[record["mapRunArn"]] = record
    execution.setdefault("_map_runs", {})[name] = record["mapRunArn"]
    state.event("MapRunStarted", mapRunArn=record["mapRunArn"])
    return record


def _new_record(state: MapState) -> Json:
    module, name = stepfunctions(), state.ctx["State"]["Name"]
    prefix, _, machine = state.execution["stateMachineArn"].rpartition(":stateMachine:")
    label = state.definition.get("Label") or str(uuid.uuid5(uuid.NAMESPACE_URL, f"{machine} {name}"))
    children = list(state.children())
    return {
        "mapRunArn": f"{prefix}:mapRun:{machine}/{label}:{uuid.uuid4()}",
        "executionArn": state.execution["executionArn"],
        "status": "RUNNING",
        "startDate": module.now_iso(),
        "maxConcurrency": int(state.field("MaxConcurrency", 0)),
        "toleratedFailurePercentage": float(state.field("ToleratedFailurePercentage", 0)),
        "toleratedFailureCount": int(state.field("ToleratedFailureCount", 0)),
        "redriveCount": 0,
        "_stateMachineArn": f"{prefix}:stateMachine:{machine}/{label}",
        "_children": children,
        "_results_written": False,
    }


@dataclass(frozen=True)
class MapState:
    """A Map state's definition and input, read in the state's query language."""

    definition: Json
    raw_input: Any
    effective: Any
    ctx: Json
    execution: Json
    engine: Engine

    @property
    def _is_jsonata(self) -> bool:
        return bool(stepfunctions()._state_query_language(self.definition, self.ctx) == "JSONata")

    def template(self, value: Any, ctx: Json | None = None) -> Any:
        """Evaluate a template; `ctx` is the context object of an item."""
        module, ctx = stepfunctions(), ctx or self.ctx
        if self._is_jsonata:
            return module._apply_jsonata_template(value, self.raw_input, ctx)
        return module._resolve_params_obj(value, self.effective, ctx)

    def field(self, name: str, default: Any, of: Json | None = None) -> Any:
        """Return a field, of the state itself or `of` one of its objects: a value, an expression, or a <name>Path."""
        given = self.definition if of is None else of
        if f"{name}Path" in given:
            return stepfunctions()._resolve_path_or_ctx(given[f"{name}Path"], self.effective, self.ctx)
        value = given.get(name)
        return default if value is None else self.template(value)

    def is_limited_by(self, name: str) -> bool:
        """Say whether a threshold is given."""
        return name in self.definition or f"{name}Path" in self.definition

    def children(self) -> Iterator[Child]:
        """Yield what each child execution is started with."""
        inputs = self._inputs()
        batcher = self.definition.get("ItemBatcher")
        if not batcher:
            return map(Child, inputs)
        limits = [self.field(name, None, batcher) for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch")]
        return batches(inputs, limits[0], limits[1], self.field("BatchInput", None, batcher))

    def _inputs(self) -> Iterator[Any]:
        selector = self.definition.get("ItemSelector") or self.definition.get("Parameters")
        source = self._source()
        for index, item in enumerate(self._items()):
            ctx = {**self.ctx, "Map": {"Item": {"Index": index, "Value": item, "Source": source}}}
            yield self.template(selector, ctx) if selector else item

    def _source(self) -> str:
        reader = self.definition.get("ItemReader")
        if not reader:
            return "STATE_DATA"
        place = self._place(reader)
        is_listing = reader["Resource"].endswith("listObjectsV2")
        return f"S3://{place['Bucket']}" if is_listing else f"S3://{place['Bucket']}/{place['Key']}"

    def _place(self, of: Json) -> Json:
        found: Json = self.template(of.get("Arguments") or of.get("Parameters") or {})
        return found

    def _items(self) -> list[Any]:
        module, reader = stepfunctions(), self.definition.get("ItemReader")
        if reader:
            return self._read(reader)
        if self._is_jsonata:
            found = self.template(self.definition["Items"]) if "Items" in self.definition else self.raw_input
        else:
            found = module._resolve_path_or_ctx(self.definition.get("ItemsPath", "$"), self.effective, self.ctx)
        return found if isinstance(found, list) else [found]

    def _read(self, reader: Json) -> list[Any]:
        place, config = self._place(reader), reader.get("ReaderConfig") or {}
        is_listing = reader["Resource"].endswith("listObjectsV2")
        action, key = ("s3:ListBucket", "") if is_listing else ("s3:GetObject", f"/{place['Key']}")
        self.require("States.ItemReaderFailed", action, f"arn:aws:s3:::{place['Bucket']}{key}")
        kind = config.get("InputType", "JSON")
        if kind not in ("JSON", "JSONL", "CSV"):
            self.fail("States.ItemReaderFailed", f"The local Step Functions reads JSON, JSONL and CSV, not {kind}.")
        evaluated = {**config, "MaxItems": self.field("MaxItems", None, config)}
        evaluated.pop("MaxItemsPath", None)
        plain = {"Resource": reader["Resource"], "Parameters": place, "ReaderConfig": evaluated}
        try:
            items: list[Any] = stepfunctions()._read_map_items(plain, self.effective, self.ctx)
        except (ValueError, LookupError) as unread:
            self.fail("States.ItemReaderFailed", f"The items could not be read: {unread!r}")
        return items

    def require(self, error: str, action: str, resource: str) -> None:
        """Fail by name what the machine's role does not allow."""
        if self.engine.authorization is None:
            return
        machine = stepfunctions()._state_machines.get(self.execution["stateMachineArn"].partition("/")[0]) or {}
        principal = self.engine.authorization.principals.of_role(machine.get("roleArn", ""), WORKFLOWS)
        refused_with = self.engine.authorization.refused(principal, [RequiredAction(action, resource)])
        if refused_with:
            self.fail(error, refused_with)

    def fail(self, error: str, cause: str) -> None:
        """Fail the state."""
        raise stepfunctions()._ExecutionError(error, cause)

    def event(self, kind: str, **details: Any) -> None:
        """Add an event to the history."""
        named = {f"{kind[:1].lower()}{kind[1:]}EventDetails": details} if details else {}
        stepfunctions()._add_event(self.execution, kind, named)

    def destination(self) -> tuple[Json, Json] | None:
        """Return where results are exported to, and how; None where they are not."""
        writer = self.definition.get("ResultWriter") or {}
        return (self._place(writer), writer.get("WriterConfig", {})) if "Resource" in writer else None

    def transformation(self) -> str:
        """Return how results are shown in the state's output."""
        writer = self.definition.get("ResultWriter") or {}
        return str(writer.get("WriterConfig", {}).get("Transformation", "COMPACT"))

    def finish(self, result: Any) -> tuple[Any, str | None]:
        """Return the state's output and the next state."""
        module, definition = stepfunctions(), self.definition
        if self._is_jsonata:
            output = module._apply_jsonata_output(definition, self.raw_input, self.ctx, result=result, default=result)
            module._apply_state_assign(definition, self.raw_input, self.ctx, result=result)
        else:
            selected = module._apply_result_selector(definition, result)
            output = module._apply_result_path(definition, self.raw_input, selected)
            output = module._apply_output_path(definition, output, self.ctx)
        return output, module._next_or_end(definition)


class MapRun:
    """The child executions of one Map Run; `record` is what DescribeMapRun shows."""

    def __init__(self, state: MapState, processor: Json, record: Json) -> None:
        self._state = state
        self._processor = {**processor, "QueryLanguage": state.ctx["QueryLanguage"]}
        self._record = record
        self._children: list[Child] = record["_children"]
        config = processor.get("ProcessorConfig") or {}
        self._is_express = config.get("ExecutionType") == "EXPRESS"

    def run(self) -> None:
        """Run every child that has not succeeded. Raises MiniStack's error of the state."""
        machine = self._state.execution["stateMachineArn"]
        self._state.require("States.Runtime", "states:StartExecution", machine.partition("/")[0])
        waiting = deque(child for child in self._children if child.status in ("PENDING", *UNSUCCESSFUL))
        for child in waiting:
            child.is_waiting_for_redrive = child.execution is not None
        pool, running = ThreadPoolExecutor(MAX_AT_ONCE), set[Future[None]]()
        while (waiting or running) and not self._is_stopped():
            while waiting and len(running) < (self._record["maxConcurrency"] or MAX_AT_ONCE):
                context = contextvars.copy_context()
                running.add(pool.submit(context.run, self._run_child, waiting.popleft()))
            done, running = wait(running, LOOK_AGAIN, FIRST_COMPLETED)
            for each in done:
                each.result()
        pool.shutdown(wait=False)
        self._end()

    def _run_child(self, child: Child) -> None:
        if self._record["status"] != "RUNNING":
            return
        child.is_waiting_for_redrive = False
        if child.execution is None or self._is_express:
            child.execution = self._new_execution(child)
        else:
            restart(child.execution)
        arn = self._record["_stateMachineArn"]
        state_machine = {"Id": arn, "Name": arn.rpartition(":")[2]}
        role_arn = self._state.ctx["Execution"].get("RoleArn", "")
        perform(child.execution, self._processor, context_of(child.execution, self._processor, state_machine, role_arn))

    def _new_execution(self, child: Child) -> Json:
        module, arn, name = stepfunctions(), self._record["_stateMachineArn"], str(uuid.uuid4())
        execution: Json = {
            "executionArn": f"{arn.replace(':stateMachine:', ':execution:')}:{name}",
            "stateMachineArn": arn,
            "name": name,
            "status": "RUNNING",
            "startDate": module.now_iso(),
            "stopDate": None,
            "input": json.dumps(child.input),
            "output": None,
            "mapRunArn": self._record["mapRunArn"],
            "events": [],
            "testCase": self._state.execution.get("testCase"),
            "mockAttempts": {},
            "sync": True,  # its status changes are no events of the default bus
            "redriveCount": 0,
        }
        role_arn = self._state.ctx["Execution"].get("RoleArn", "")
        details = {"input": execution["input"], "roleArn": role_arn}
        module._add_event(execution, "ExecutionStarted", {"executionStartedEventDetails": details})
        module._executions[execution["executionArn"]] = execution
        return execution

    def _is_stopped(self) -> bool:
        return self._state.execution["status"] != "RUNNING" or self._is_exceeded()

    def _is_exceeded(self) -> bool:
        found = counts(self._children, of_items=True)
        given = {name for name, field in LIMITS.items() if self._state.is_limited_by(field) or self._record[name]}
        failed = found["failed"] + found["timedOut"]
        return is_exceeded(failed, found["total"], {name: self._record[name] for name in given})

    def _end(self) -> None:
        """Abort what still runs, export the results, and end the Map Run."""
        module = stepfunctions()
        is_exceeded = self._is_exceeded()
        stopped = self._state.execution["status"] != "RUNNING"
        self._record["status"] = "ABORTED" if stopped else "FAILED" if is_exceeded else "SUCCEEDED"
        for child in self._children:
            if child.execution and child.execution["status"] == "RUNNING":
                child.execution.update(status="ABORTED", stopDate=module.now_iso(), error=None, cause=None)
        try:
            self._export()
        except module._ExecutionError as error:
            self._record["status"] = "FAILED"
            self._fail(error.error, error.cause)
        self._record["stopDate"] = module.now_iso()
        if is_exceeded and not stopped:
            cause = "The specified tolerated failure threshold was exceeded"
            self._fail("States.ExceedToleratedFailureThreshold", cause)
        if not stopped:
            self._state.event("MapRunSucceeded")

    def _fail(self, error: str, cause: str) -> None:
        self._record["stopDate"] = stepfunctions().now_iso()
        self._state.event("MapRunFailed", error=error, cause=cause)
        self._state.fail(error, cause)

    def _export(self) -> None:
        destination = self._state.destination()
        if destination is None:
            return
        from ministack.services import s3  # noqa: PLC0415 - MiniStack reads its environment when it is imported

        place, config = destination
        bucket = place["Bucket"]
        for key, body in result_files(
            self._children, self._record["mapRunArn"], bucket, self._folder(place), config
        ).items():
            self._state.require("States.ResultWriterFailed", "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")
            status, _, answered = s3._put_object(bucket, key, body, {"content-type": "application/json"})
            if status != 200:  # noqa: PLR2004 - HTTP's own number
                self._state.fail("States.ResultWriterFailed", f"{key} was not written: {answered.decode()}")
        self._record["_results_written"] = True

    def _folder(self, place: Json) -> str:
        run = self._record["mapRunArn"].rpartition(":")[2]
        return "/".join(filter(None, [place.get("Prefix", "").rstrip("/"), run]))

    def output(self) -> Any:
        """Return what the state results in."""
        destination = self._state.destination()
        if destination:
            place, _ = destination
            details = {"Bucket": place["Bucket"], "Key": f"{self._folder(place)}/manifest.json"}
            return {"MapRunArn": self._record["mapRunArn"], "ResultWriterDetails": details}
        found = results(self._children, self._state.transformation())
        if len(json.dumps(found).encode()) > MAX_OUTPUT:
            cause = f"The results are larger than {MAX_OUTPUT} bytes: export them with ResultWriter."
            self._state.fail("States.DataLimitExceeded", cause)
        return found
