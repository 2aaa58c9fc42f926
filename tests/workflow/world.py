"""One account with the stack deployed: uploads, executions, faults, and what exists at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy, deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from slipway_local.engine.map_results import Child
from slipway_local.ports import CalledServices, ContainerSpec, HostingFailed
from slipway_local.sagemaker import SageMaker, Settings
from slipway_local.sagemaker.models import Arns, Table
from tests.conventions.project import Json
from tests.workflow import faults
from tests.workflow.answers import AwsServices
from tests.workflow.aws import AwsInProcess
from tests.workflow.definition import NESTED, check, children_of
from tests.workflow.deployed_stack import ACCOUNT, MODEL_BUCKET, REGION, STACK, workflow
from tests.workflow.describe_execution import describe_execution, start_execution
from tests.workflow.distributed_map import MapRun
from tests.workflow.failures import StillRunning, TaskError
from tests.workflow.faults import Call, Order
from tests.workflow.interpreter import Execution, Interpreter
from tests.workflow.inventory import Inventory, inventory
from tests.workflow.surroundings import (
    Buckets,
    Container,
    JobLogs,
    Metrics,
    Roles,
    Targets,
    alarm_states,
    archive,
)
from tests.workflow.tasks import Tasks
from tests.workflow.virtual_time import VirtualTime

CREATION_SECONDS = 40.0
DELETION_SECONDS = 5.0
MACHINES = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{STACK}-"
MACHINE_ARN = f"{MACHINES}DeployEndpoint"
TRANSFORMS_ARN = f"{MACHINES}TransformBatch"
ROLLOUTS_ARN = f"{MACHINES}RollOut"


# Sees each request of executions and functions before it is answered.
Witness = Callable[[Call, AWSPreparedRequest], None]


class Guard(Protocol):
    """IAM, as a world asks it."""

    def allow_task(self, machine: str, resource: str, arguments: Any) -> None:
        """Let a state machine perform a task. Raises `TaskError`."""

    def allow(self, machine: str, action: str, resource: str) -> None:
        """Let a Map state of a state machine perform an action. Raises `TaskError`."""

    def answer(self, call: Call, request: AWSPreparedRequest, perform: Callable[[], AWSResponse]) -> AWSResponse:
        """Answer a request that may be made by performing it, another one by refusing it."""


class Everything:
    """Allows everything."""

    def allow_task(self, machine: str, resource: str, arguments: Any) -> None:
        """See `Guard`."""

    def allow(self, machine: str, action: str, resource: str) -> None:
        """See `Guard`."""

    def answer(self, call: Call, request: AWSPreparedRequest, perform: Callable[[], AWSResponse]) -> AWSResponse:
        """See `Guard`."""
        return perform()


class World:
    """`seed` decides the order of what happens at the same time, and the jitter of retries.

    A creation or an update takes `creation_seconds`: 40 are seen by the first poll, 240 by one of several.
    `variables` are the functions' environment variables that differ from the default parameters'.
    """

    def __init__(
        self,
        aws: AwsInProcess,
        seed: int = 0,
        creation_seconds: float = CREATION_SECONDS,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        aws.world = self
        self.aws = aws
        self.random = Random(seed)
        self.time = VirtualTime()
        self.buckets = Buckets(MODEL_BUCKET, REGION, self.time.now)
        self.roles = Roles()
        self.container = Container()
        self.failing_components: tuple[str, ...] = ()
        called = CalledServices(
            self._start_container,
            self.buckets,
            self.roles,
            alarm_states(lambda: self.services.idle.alarms),
            Targets(lambda: self.services.scaling.targets),
            lambda kind, detail, resources: None,
            self.buckets,
            JobLogs(lambda: self.services.logs.lines),
            Metrics(),
        )
        self.sagemaker = SageMaker(
            Arns(REGION, ACCOUNT),
            self.time,
            called,
            Settings(creation_seconds=creation_seconds, change_seconds=DELETION_SECONDS),
            self.time.submit,
        )
        self.services = AwsServices(self.sagemaker, self.buckets, self.random)
        self.client = aws.client
        self._tasks = Tasks(aws, variables or {})
        self._interpreters: dict[str, Interpreter] = {}
        self._started = 0
        self._caller: tuple[str, str] = ("", "")
        self.executions: list[Execution] = []
        self._known: dict[str, Execution] = {}
        self.orders: list[Order] = []
        self.calls: list[Call] = []
        self.accepted: list[Call] = []
        self.guard: Guard = Everything()
        self.witness: Witness = lambda _call, _request: None

    def _start_container(self, spec: ContainerSpec) -> Container:
        """Return the container of a model; that of a failing component does not answer its health check."""
        if spec.inference_component in self.failing_components:
            raise HostingFailed("The container of the inference component did not pass the ping health check.")
        return self.container

    def take_over(self, other: World) -> None:
        """Become what a settled world is now, and go another way from here."""
        self.time.advance(other.time.now())
        self.buckets.take_over(other.buckets)
        self.services.take_over(other.services)
        self._started = other._started
        self.failing_components = other.failing_components
        self._known.update(other._known)
        mine, theirs = self.sagemaker._tables, other.sagemaker._tables
        # One memo, because records of one table refer to those of another, and variants of components to the tables.
        copied: dict[int, Any] = {id(theirs): mine}
        for name, table in vars(theirs).items():
            if isinstance(table, Table):
                getattr(mine, name)._records = deepcopy(table._records, copied)
        for fault in other.sagemaker.faults.open():
            self.sagemaker.faults.order(copy(fault))

    def there(self) -> Inventory:
        """Return all that exists now; SageMaker takes an endpoint's scalable targets with it."""
        found = inventory(self.sagemaker)
        targets = self.services.scaling.targets
        scaled = frozenset(resource for resource in targets if resource.split("/")[1] in found.endpoints)
        return replace(found, scaled=scaled, copies=self.buckets.keys("deployed/"))

    @property
    def created(self) -> list[str]:
        """Return the kinds of what was created in SageMaker, in order: Model, EndpointConfig, Endpoint.

        Those of a candidate are CandidateEndpointConfig and CandidateEndpoint.
        """
        calls = [call for call in self.accepted if call.operation.startswith("Create")]
        kinds = [(call.operation.removeprefix("Create"), call.state == "CreateCandidate") for call in calls]
        return [f"Candidate{kind}" if is_candidate else kind for kind, is_candidate in kinds]

    # What users do.

    def upload(self, key: str, weights: str) -> Json:
        """Upload an archive and return the event that EventBridge sends for it."""
        return self.event(self.put(key, archive(weights)))

    def put(self, key: str, content: bytes) -> Json:
        """Put an object into the model bucket and return the event's `object`."""
        return self.buckets.put(key, content)

    def event(self, item: Json) -> Json:
        """Return `Object Created` for an object."""
        detail = {"version": "0", "bucket": {"name": MODEL_BUCKET}, "object": item, "reason": "PutObject"}
        about = {
            "version": "0",
            "source": "aws.s3",
            "detail-type": "Object Created",
            "time": _whole_second(self.time.now()),
        }
        return {**about, "detail": detail}

    def start(self, request: object, machine: str = MACHINE_ARN, name: str = "") -> Execution:
        """Start an execution of a state machine."""
        self._started += 1
        name = name or f"execution-{self._started}"
        arn = machine.replace(":stateMachine:", ":execution:") + f":{name}"
        return self.go_on(self._interpreter(machine).start(name, arn, machine, request))

    def go_on(self, execution: Execution) -> Execution:
        """Let an execution of the world that was taken over go on here; return it."""
        self.executions.append(execution)
        self._known[execution.arn] = execution
        return execution

    def calls_by(self, execution: str, state: str) -> None:
        """Let the calls that come be those of a state of an execution, or of a function on a schedule."""
        self._caller = (execution, state)

    # How it goes on.

    def step(self, execution: Execution) -> None:
        """Run one state of an execution, letting time pass until it is due."""
        self.time.advance(execution.due)
        self._caller = (execution.name, execution.next_state)
        self._interpreter(execution.state_machine).step(execution)

    def step_to(self, execution: Execution, state: str) -> None:
        """Run an execution alone until it is about to enter a state, or has ended."""
        while execution.status == "RUNNING" and execution.next_state != state:
            self.step(execution)

    def run(self, until: datetime | None = None) -> None:
        """Run all executions to their ends, or to an instant; the seed decides the order where it is open."""
        while live := [execution for execution in self.executions if execution.status == "RUNNING"]:
            if self._step_one(live):
                continue
            instant = self._next_instant(live)
            if until is not None and instant > until:
                break
            self.time.advance(instant)
        if until is not None:
            self.time.advance(until)

    def run_for(self, seconds: float) -> None:
        """Let some seconds pass, and with them whatever executions have to do in them."""
        self.run(self.time.now() + timedelta(seconds=seconds))

    def deploy(self, request: object, machine: str = MACHINE_ARN) -> Execution:
        """Start an execution and run it, and all others, to their ends."""
        execution = self.start(request, machine)
        self.run()
        return execution

    def redrive(self, execution: Execution) -> None:
        """Let a failed execution continue at the state that failed, and run it, and all others, to their ends."""
        execution.status, execution.error, execution.cause, execution.ended = "RUNNING", "", "", None
        execution.due = self.time.now()
        if isinstance(execution.waits_for, MapRun):
            execution.waits_for.redrive()
        self.run()

    def settle(self) -> None:
        """Let everything under way come to rest."""
        self.time.drain()

    def _interpreter(self, machine: str) -> Interpreter:
        if machine not in self._interpreters:
            parent, _, label = machine.removeprefix(MACHINES).partition("/")
            definition = workflow(parent)
            check(definition)
            if label:
                (state,) = [one for one in definition["States"].values() if one.get("Label") == label]
                definition = children_of(state)
            run = Interpreter(definition, self.time.now, self.random, self._call_task, self._run_map)
            self._interpreters[machine] = run
        return self._interpreters[machine]

    def _step_one(self, live: list[Execution]) -> bool:
        ready = [execution for execution in live if execution.due <= self.time.now()]
        if ready:
            self.step(self.random.choice(ready))
        return bool(ready)

    def _next_instant(self, live: list[Execution]) -> datetime:
        instants = [execution.due for execution in live]
        return min([*instants, self.time.next_due] if self.time.next_due else instants)

    # AWS.

    def receive(self, service: str, operation: str, protocol: str, request: AWSPreparedRequest) -> AWSResponse:
        """See `Receiver`."""
        execution, state = self._caller
        call = Call(execution, state, service, operation, protocol)
        self.calls.append(call)
        order = next((order for order in self.orders if order.takes(call)), None)
        if order is None:
            return self._perform(call, request)
        return faults.answer(order.kind, call, request, lambda: self._perform(call, request))

    def _perform(self, call: Call, request: AWSPreparedRequest) -> AWSResponse:
        return self.guard.answer(call, request, lambda: self._answered(call, request))

    def _answered(self, call: Call, request: AWSPreparedRequest) -> AWSResponse:
        if call.name == "stepfunctions:DescribeExecution":
            return describe_execution(request, self._known)
        if call.name == "stepfunctions:StartExecution":
            return start_execution(request, self._known, self.start)
        self.witness(call, request)
        answered = self.services.answer(call, request)
        if call.service == "sagemaker" and answered.status_code == 200:
            self.accepted.append(call)
        return answered

    def _call_task(self, execution: Execution, resource: str, arguments: Any) -> Any:
        if execution.waits_for is None:
            self.guard.allow_task(execution.state_machine.partition("/")[0], resource, arguments)
        if resource == NESTED:
            return self._run_nested(execution, arguments)
        return self._tasks.call(execution, resource, arguments)

    def _run_nested(self, execution: Execution, arguments: Json) -> Json:
        if execution.waits_for is None:
            execution.waits_for = self.start(arguments["Input"], arguments["StateMachineArn"])
        nested: Execution = execution.waits_for
        if nested.status == "RUNNING":
            raise StillRunning
        if nested.status == "SUCCEEDED":
            return {"ExecutionArn": nested.arn, "Output": nested.output, "Status": nested.status}
        execution.waits_for = None
        described = {"ExecutionArn": nested.arn, "Error": nested.error, "Cause": nested.cause, "Status": nested.status}
        raise TaskError("States.TaskFailed", json.dumps(described))

    def _run_map(self, execution: Execution, state: Json) -> Json:
        allow = self.guard.allow
        place = state["ItemReader"]["Arguments"]
        if execution.waits_for is None:
            with _named("States.ItemReaderFailed"):
                allow(execution.state_machine, "s3:GetObject", f"arn:aws:s3:::{place['Bucket']}/{place['Key']}")
                content = self.buckets.read(f"s3://{place['Bucket']}/{place['Key']}")
            number = sum(name == execution.next_state for name in execution.history)
            arn = f"{execution.arn.replace(':execution:', ':mapRun:')}/{state['Label']}:{number}"
            execution.waits_for = MapRun(arn, [Child(json.loads(line)) for line in content.splitlines()])

        def write(key: str, content: bytes) -> None:
            with _named("States.ResultWriterFailed"):
                allow(execution.state_machine, "s3:PutObject", f"arn:aws:s3:::{place['Bucket']}/{key}")
            self.put(key, content)

        def start(item: object) -> Execution:
            allow(execution.state_machine, "states:StartExecution", execution.state_machine)
            return self.start(item, f"{execution.state_machine}/{state['Label']}")

        run: MapRun = execution.waits_for
        return run.go_on(state, start, write)


@contextmanager
def _named(error: str) -> Iterator[None]:
    """Give the failure of what a Map does itself its name."""
    try:
        yield
    except TaskError as refused:
        raise TaskError(error, refused.cause) from refused


def _whole_second(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
