"""Any sequence of deployments, redeployments, deletions, faults and time keeps the rules of the design."""

from __future__ import annotations

import builtins
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.faults.orders import Fault, Kind
from tests.conventions.project import Json, lambda_states
from tests.workflow import faults
from tests.workflow.fault_matrix import NAMED, Row, clean_run
from tests.workflow.interpreter import Execution
from tests.workflow.inventory import Inventory
from tests.workflow.scenarios import ALL, Stage
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

ENDPOINTS = st.sampled_from(["first", "second"])
WEIGHTS = st.sampled_from(["red", "green", "blue"])
ACTS = ["upload_one"] * 3 + ["deliver_an_event_again", "redeploy", "delete"] + ["let_a_call_go_wrong"] * 2
ACTS += ["let_a_container_fail", "let_everything_end"]
PAUSES = st.sampled_from([0, 1, 20, 150, 300, 1200])
TROUBLE: tuple[faults.Kind, ...] = (*faults.TRANSIENT, "killed before", "killed after", "access denied")
HOSTING: tuple[Kind, ...] = ("PingFailed", "NoCapacity", "SilentRollback")
# Access is denied to what creates resources: without reading or deleting, the rules could not be kept.
CREATES = [(what, f"sagemaker:{what}") for what in ("CreateModel", "CreateEndpointConfig", "CreateEndpoint")]


class Deployments(RuleBasedStateMachine):
    """Two endpoints, three archives, and whatever may happen to them.

    One rule with much to choose, because hypothesis leaves rules out of most examples, and with them all deployments.
    """

    new_world: ClassVar[MakeWorld]
    rows: ClassVar[list[Row]]
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.uploads: list[Json] = []

    # What people do.

    @initialize(weights=WEIGHTS, creation_seconds=st.sampled_from([40, 240]))
    def begin(self, weights: str, creation_seconds: int) -> None:
        self.world = type(self).new_world(seed=1, creation_seconds=creation_seconds)
        self.upload("first", weights)

    @rule(what=st.sampled_from(ACTS), data=st.data(), pause=PAUSES)
    def act(self, what: str, data: st.DataObject, pause: int) -> None:
        getattr(self, what)(data)
        self.world.run_for(pause)

    def upload_one(self, data: st.DataObject) -> None:
        self.upload(data.draw(ENDPOINTS), data.draw(WEIGHTS))

    def upload(self, endpoint: str, weights: str) -> None:
        self.uploads.append(self.world.upload(f"models/{endpoint}/model.tar.gz", weights))
        self.world.start(self.uploads[-1])

    def deliver_an_event_again(self, data: st.DataObject) -> None:
        self.world.start(data.draw(st.sampled_from(self.uploads)))

    def redeploy(self, data: st.DataObject) -> None:
        if successes := self.successes():
            output = data.draw(st.sampled_from([execution.output for execution in successes]))
            self.world.start({name: output[name] for name in ("EndpointName", "EndpointConfigName")})

    def delete(self, data: st.DataObject) -> None:
        try:
            self.world.sagemaker.call("DeleteEndpoint", {"EndpointName": data.draw(ENDPOINTS)})
        except SageMakerError as error:
            if not error.message.startswith(("Could not find", "Cannot update in-progress")):
                raise

    # What happens to them.

    def let_a_call_go_wrong(self, data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(TROUBLE))
        of_functions = [row for row in self.rows if row.state in lambda_states()]
        row = data.draw(st.sampled_from(of_functions if kind.startswith("killed") else self.rows))
        if kind == "access denied":
            row = Row(*data.draw(st.sampled_from(CREATES)), 0)
        times = data.draw(st.integers(1, 3)) if kind in faults.TRANSIENT else 1
        self.world.orders.append(faults.Order(kind, row.state, row.operation, 0, times))

    def let_a_container_fail(self, data: st.DataObject) -> None:
        kind, name = data.draw(st.sampled_from(HOSTING)), data.draw(ENDPOINTS)
        self.world.sagemaker.faults.order(Fault(kind, endpoint_name=name))

    # Time.

    def let_everything_end(self, _: st.DataObject | None = None) -> None:
        self.world.run()
        self.world.settle()
        self.check_ends()
        self.check_what_is_left()

    def teardown(self) -> None:
        self.let_everything_end()

    # The rules of the design, section 2.

    def successes(self) -> list[Execution]:
        """Return the executions that announced a configuration."""
        ended = [execution for execution in self.world.executions if execution.status == "SUCCEEDED"]
        return [execution for execution in ended if execution.outcome != "Superseded"]

    def check_ends(self) -> None:
        for execution in self.world.executions:
            if execution.status == "FAILED":
                assert NAMED.fullmatch(execution.error), execution.error
                assert execution.error != "UnexpectedError", execution.cause
                assert not hasattr(builtins, execution.error), execution.cause
            if execution.status != "RUNNING":
                assert execution.history[-1] in ("Deployed", "AlreadyDeployed", "Superseded", "Failed")

    def check_what_is_left(self) -> None:
        there = self.world.there()
        for name, (status, config) in there.endpoints.items():
            assert status == "InService", (name, status)
            assert config in self.announced(name), "what serves was announced"
            assert config == self.announced(name)[-1], "and nothing else since"
        good = {name for execution in self.successes() for name in self.made(execution)}
        assert there.orphans() <= good, "what is kept was in service once"
        assert self.versions() <= there.names(), "three versions are kept, and no more were made"
        assert {key.split("/")[1] for key in there.copies} <= there.models, "a copy is there for a model"
        self.check_nothing_is_there_twice(there)

    def announced(self, endpoint: str) -> list[str]:
        """Return the configurations announced for an endpoint, in the order of their ends."""
        mine = [execution for execution in self.successes() if execution.output["EndpointName"] == endpoint]
        mine.sort(key=lambda execution: str(execution.ended))
        return [execution.output["EndpointConfigName"] for execution in mine]

    def versions(self) -> set[str]:
        """Return what a deployment made, put into service and announced: what it may be gone back to."""
        own = [execution for execution in self.successes() if execution.outcome in ("Created", "Updated")]
        return {name for execution in own for name in self.made(execution)}

    def made(self, execution: Execution) -> set[str]:
        return {execution.output["EndpointConfigName"], execution.output["ModelName"]} - {None}

    def check_nothing_is_there_twice(self, there: Inventory) -> None:
        contents: dict[str, str] = {}
        for name in there.models:
            model = self.world.sagemaker.call("DescribeModel", {"ModelName": name})
            content = f"{name.rpartition('-')[0]} {model['PrimaryContainer']}"
            assert contents.setdefault(content, name) == name
        for name in there.configs:
            config = self.world.sagemaker.call("DescribeEndpointConfig", {"EndpointConfigName": name})
            content = f"{name.rpartition('-')[0]} {config['ProductionVariants']}"
            assert contents.setdefault(content, name) == name


def test_any_sequence_keeps_the_rules(new_world: MakeWorld) -> None:
    rows = {row for scenario in ALL for row in clean_run(Stage(new_world, scenario)).rows}

    class Here(Deployments):
        pass

    Here.new_world, Here.rows = staticmethod(new_world), sorted(rows, key=str)
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=max(8, settings().max_examples // 6),
            stateful_step_count=16,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # shrinking takes minutes; sixteen steps can be read as they are
            suppress_health_check=list(HealthCheck),
        ),
    )
