"""What the stack is for, run under its policies: each exercise ends in a text that says all that became of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway_local.sagemaker import Fault
from tests.permissions import cleanup, http_api, results, rollouts, services, transforms, triggers
from tests.permissions.guard import PLACE, PolicyGuard
from tests.workflow.deployed_stack import MODEL_BUCKET
from tests.workflow.faults import FOR_GOOD, Order
from tests.workflow.interpreter import Execution
from tests.workflow.inventory import Inventory
from tests.workflow.scaling import ScalableTargets
from tests.workflow.scenarios import ALL, KEY, NAME, UPDATED_COMPONENTS, Scenario, Stage, components_of
from tests.workflow.surroundings import FAILING_SAMPLE, archive
from tests.workflow.test_old_versions import KEPT
from tests.workflow.test_sources import large, register, train
from tests.workflow.world import World

Result = dict[str, Any]
DEPLOYMENT = {"EndpointName": NAME, "Framework": "sklearn", "InstanceType": "ml.m5.large"}
SCALING = {"MinCapacity": 1, "MaxCapacity": 3, "TargetInvocationsPerInstance": 100}
QUEUED = {"OutputConfig": {"S3OutputPath": f"s3://{MODEL_BUCKET}/inference/"}}
NIGHT = {"ScheduleExpression": "cron(0 18 ? * MON-FRI *)", "MinCapacity": 0, "MaxCapacity": 1}
TO_ZERO = {"MinCapacity": 0, "MaxCapacity": 3, "TargetBacklogPerInstance": 5, "Schedules": [NIGHT]}
SMOKE_TEST = {"PayloadUrl": f"s3://{MODEL_BUCKET}/sample.csv", "ContentType": "text/csv"}
VOLATILE = ("Timings", "StartTime", "LatencyMilliseconds")


@dataclass(frozen=True)
class Exercise:
    """`run` does it under a guard, and returns what came of it, by what differs when something is not allowed."""

    name: str
    run: Callable[[PolicyGuard], Result]


@dataclass(frozen=True)
class Prepared:
    """What is done in a new world from its beginning."""

    name: str
    run: Callable[[World], Execution]


def _given(world: World, weights: str) -> dict[str, Any]:
    world.upload(f"archives/{weights}.tar.gz", weights)
    world.put("sample.csv", b"1,2,3")
    return {**DEPLOYMENT, "ModelDataUrl": f"s3://{MODEL_BUCKET}/archives/{weights}.tar.gz"}


def _deployed(world: World, weights: str, **fields: Any) -> Execution:
    execution = world.deploy({**_given(world, weights), **fields})
    assert execution.status == "SUCCEEDED", execution.cause
    world.time.pass_(60)
    return execution


def _job(world: World) -> object:
    train(world)
    return {"EndpointName": NAME, "InstanceType": "ml.m5.large", "TrainingJobName": "my-job"}


def _package(world: World) -> object:
    arn = register(world, "Approved")
    return {"EndpointName": NAME, "InstanceType": "ml.m5.large", "ModelPackageArn": arn}


def _defaults(world: World) -> object:
    return world.upload(KEY, "first")


def _missing_archive(world: World) -> object:
    return {**DEPLOYMENT, "ModelDataUrl": f"s3://{MODEL_BUCKET}/none.tar.gz"}


def _missing_payload(world: World) -> object:
    return {**_given(world, "first"), "SmokeTest": {**SMOKE_TEST, "PayloadUrl": f"s3://{MODEL_BUCKET}/none.csv"}}


def _same_again(world: World) -> object:
    _deployed(world, "first")
    return _given(world, "first")


def _failed_in_the_way(world: World) -> object:
    _deployed(world, "first", AutoScaling=SCALING)
    world.sagemaker.force_status(NAME, "Failed")
    return _given(world, "second")


def _old_versions(world: World) -> object:
    for number in range(KEPT):
        _deployed(world, f"version-{number}")
    return _given(world, "newest")


def _late(world: World) -> object:
    late = world.upload(KEY, "first")
    world.time.pass_(60)
    assert world.deploy(world.upload(KEY, "second")).status == "SUCCEEDED"
    world.time.pass_(60)
    return late


def _unscalable(world: World) -> object:
    world.orders.append(
        Order("access denied", "ConfigureScaling", "application-autoscaling:PutScalingPolicy", count=FOR_GOOD)
    )
    return {**_given(world, "first"), "AutoScaling": SCALING}


def _to_zero(world: World) -> object:
    return {**_given(world, "first"), "AsyncInferenceConfig": QUEUED, "AutoScaling": TO_ZERO}


def _not_to_zero(world: World) -> object:
    assert world.deploy(_to_zero(world)).status == "SUCCEEDED"
    world.time.pass_(60)
    at_least_one = {"MinCapacity": 1, "MaxCapacity": 3, "TargetBacklogPerInstance": 5}
    return {**_given(world, "first"), "AsyncInferenceConfig": QUEUED, "AutoScaling": at_least_one}


def _not_scaled(world: World) -> object:
    assert world.deploy(_to_zero(world)).status == "SUCCEEDED"
    world.time.pass_(60)
    return {**_given(world, "first"), "AsyncInferenceConfig": QUEUED, "AutoScaling": {}}


def _unscheduled(world: World) -> object:
    world.orders.append(
        Order("access denied", "ConfigureScaling", "application-autoscaling:PutScheduledAction", count=FOR_GOOD)
    )
    return _to_zero(world)


def _one_of_two(world: World) -> object:
    given = _given(world, "first")
    del given["EndpointName"]
    variants = [{"VariantName": name, "ModelDataUrl": given["ModelDataUrl"]} for name in ("A", "B")]
    request = {**DEPLOYMENT, "ProductionVariants": [{**one, "AutoScaling": SCALING} for one in variants]}
    assert world.deploy(request).status == "SUCCEEDED"
    world.time.pass_(60)
    return {**DEPLOYMENT, "ProductionVariants": [{**variants[0], "AutoScaling": SCALING}, variants[1]]}


def _watched(world: World) -> dict[str, Any]:
    world.services.idle.alarms["digits-errors"] = "OK"
    rollback = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "digits-errors"}]}}
    return {"DeploymentConfig": rollback}


def _watched_update(world: World) -> object:
    _deployed(world, "first")
    return {**_given(world, "second"), **_watched(world)}


def _managed_update(world: World) -> object:
    _deployed(world, "first")
    return {**_given(world, "second"), "DeploymentConfig": {"ManagedAlarms": True}}


def _analyzed_update(world: World) -> object:
    _deployed(world, "first")
    return {**_given(world, "second"), "TrafficAnalysis": {"Minutes": 1}}


def _rolled_back(world: World) -> Execution:
    execution = world.start(_managed_update(world))
    world.step_to(execution, "WaitForEndpoint")
    world.run_for(60)
    world.services.idle.fire(next(iter(world.services.idle.alarm_requests)), "Threshold Crossed: 1 datapoint [0.3].")
    world.run()
    return execution


def _watched_redeployment(world: World) -> object:
    before = _deployed(world, "first").output["EndpointConfigName"]
    _deployed(world, "second")
    return {"EndpointName": NAME, "EndpointConfigName": before, **_watched(world)}


def _redeployed_prefix(world: World) -> object:
    before = world.deploy(large(world, "first"))
    assert before.status == "SUCCEEDED", before.cause
    world.time.pass_(60)
    _deployed(world, "second")
    return {"EndpointName": NAME, "EndpointConfigName": before.output["EndpointConfigName"]}


def _stopped_component(world: World) -> object:
    assert world.deploy(components_of(world, churn="first")).status == "SUCCEEDED"
    world.time.pass_(60)
    request = components_of(world, churn="first")
    return {**request, "InferenceComponents": [{**request["InferenceComponents"][0], "CopyCount": 0}]}


def _failing_components(world: World) -> object:
    world.services.logs.lines["/aws/sagemaker/InferenceComponents/churn"] = ["the model is upside down"]
    world.failing_components = ("churn",)
    return components_of(world, churn="first")


def _lost(operation: str) -> Callable[[World], object]:
    def prepare(world: World) -> object:
        world.orders.append(Order("killed after", operation, f"sagemaker:{operation}"))
        return _given(world, "first")

    return prepare


MORE = (
    Scenario("training job", _job, "Created"),
    Scenario("model package", _package, "Created"),
    Scenario("upload without a side file", _defaults, "Created"),
    Scenario("archive that is missing", _missing_archive, "ArtifactNotFound"),
    Scenario("payload that is missing", _missing_payload, "PayloadNotFound"),
    Scenario("same again", _same_again, "AlreadyDeployed"),
    Scenario("failed endpoint in the way", _failed_in_the_way, "Created"),
    Scenario("one version too many", _old_versions, "Updated"),
    Scenario("late upload", _late, "Superseded"),
    Scenario("scaling that fails", _unscalable, "ScalingFailed"),
    Scenario("scaling to zero", _to_zero, "Created"),
    Scenario("scaling that is not to zero any more", _not_to_zero, "AlreadyDeployed"),
    Scenario("asynchronous scaling that is taken off", _not_scaled, "AlreadyDeployed"),
    Scenario("scaling to zero that fails", _unscheduled, "ScalingFailed"),
    Scenario("scaling of one of two variants", _one_of_two, "AlreadyDeployed"),
    Scenario("update with an alarm", _watched_update, "Updated"),
    Scenario("update with managed alarms", _managed_update, "Updated"),
    Scenario("update whose traffic is analyzed", _analyzed_update, "Updated"),
    Scenario(UPDATED_COMPONENTS.name, UPDATED_COMPONENTS.prepare, UPDATED_COMPONENTS.outcome),
    Scenario("components without copies", _stopped_component, "Updated"),
    Scenario("failing components", _failing_components, "InferenceComponentFailed"),
    Scenario("redeployment with an alarm", _watched_redeployment, "Redeployed"),
    Scenario("redeployment of a prefix", _redeployed_prefix, "Redeployed"),
    *(Scenario(f"killed after {name}", _lost(name), "Created") for name in (
        "CreateModel", "CreateEndpointConfig", "CreateEndpoint"
    )),
)  # fmt: skip


def _while(name: str, happens: Callable[[World], None], request: Callable[[World], object], state: str) -> Prepared:
    """Return an exercise in which something happens while the deployment is on its way to a state."""

    def run(world: World) -> Execution:
        execution = world.start(request(world))
        world.step_to(execution, state)
        happens(world)
        world.run()
        return execution

    return Prepared(name, run)


def _newer_archive(world: World) -> None:
    world.time.pass_(60)
    world.put(KEY, archive("newer"))


def _never_healthy(world: World) -> object:
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))
    return world.upload(KEY, "first")


def _sample_lost(world: World) -> None:
    world.buckets.remove("sample.csv")


def _tested(world: World) -> object:
    return {**_given(world, "first"), "SmokeTest": SMOKE_TEST}


def _twice(world: World) -> Execution:
    # Functions stay warm: what the first deployment has found, the second asks for by its code.
    world.deploy(_given(world, "first"))
    world.time.pass_(60)
    return world.deploy(_given(world, "second"))


def _overtaken(world: World) -> Execution:
    world.deploy(_given(world, "first"))
    world.time.pass_(60)
    execution = world.start(_given(world, "second"))
    world.run_for(5)
    world.start(_given(world, "first"))
    world.run()
    return execution


def _left_by_a_stopped_one(world: World) -> Execution:
    """A later execution of the same content is stopped while it owns the model and the configuration."""
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=100))
    execution = world.start(_given(world, "first"))
    world.run_for(5)
    later = world.start(_given(world, "first"))
    world.step_to(later, "WaitForTurn")
    later.stop()
    world.run()
    return execution


def _failed_while_another_waits(world: World) -> Execution:
    """A newer execution of other content waits for its turn while the endpoint of the first one fails."""
    world.sagemaker.faults.order(Fault("PingFailed", endpoint_name=NAME, count=1))
    execution = world.start(_given(world, "first"))
    world.run_for(5)
    world.start(_given(world, "second"))
    world.run()
    return execution


def _failed_test_after_a_stopped_one(world: World) -> Execution:
    """A newer execution of the same content is stopped while it waits for its turn."""
    world.deploy(_given(world, "first"))
    world.time.pass_(60)
    given = {**_given(world, "second"), "SmokeTest": {**SMOKE_TEST, "Stage": "AfterTraffic"}}
    world.put("sample.csv", FAILING_SAMPLE)
    execution = world.start(given)
    world.run_for(5)
    newer = world.start(given)
    world.step_to(newer, "WaitForTurn")
    newer.stop()
    world.run()
    return execution


def _scaled_after_the_update_began(world: World) -> Execution:
    """An update to another instance type ends the scaling, which the deployment before sets up after that."""
    hosted = {"AsyncInferenceConfig": QUEUED, "AutoScaling": TO_ZERO}
    world.deploy({**_given(world, "first"), **hosted})
    world.time.pass_(60)
    scaled, alarms = ScalableTargets(), dict(world.services.idle.alarms)
    scaled.take_over(world.services.scaling)
    execution = world.start({**_given(world, "second"), **hosted, "InstanceType": "ml.m5.xlarge"})
    world.step_to(execution, "WaitForEndpoint")
    world.services.scaling.take_over(scaled)
    world.services.idle.alarms.update(alarms)
    world.orders.append(Order("throttled", "DescribeEndpoint", "sagemaker:DescribeEndpoint", count=FOR_GOOD))
    world.run()
    return execution


def _after_a_stopped_one(world: World) -> Execution:
    """An execution of other content was stopped when it had created its model and configuration."""
    world.deploy(_given(world, "first"))
    stopped = world.start(_given(world, "stopped"))
    world.step_to(stopped, "CreateEndpoint")
    stopped.stop()
    world.time.pass_(60)
    return world.deploy(_given(world, "second"))


def _after_a_stopped_candidate(fields: dict[str, Any]) -> Callable[[World], Execution]:
    """An execution was stopped while its candidate was tested."""

    def run(world: World) -> Execution:
        world.deploy(_given(world, "first"))
        world.time.pass_(60)
        stopped = world.start({**_given(world, "stopped"), "SmokeTest": SMOKE_TEST})
        world.step_to(stopped, "SmokeTest")
        stopped.stop()
        world.time.pass_(60)
        return world.deploy({**_given(world, "second"), **fields})

    return run


def _other_case(world: World) -> Execution:
    world.deploy({**_given(world, "first"), "EndpointName": NAME.upper()})
    return world.deploy(_given(world, "first"))


def _other_type(world: World) -> Execution:
    world.deploy({**_given(world, "first"), "AutoScaling": SCALING})
    world.time.pass_(60)
    return world.deploy({**_given(world, "second"), "InstanceType": "ml.m5.xlarge"})


WHOLE = (
    Prepared("overtaken by the content before", _overtaken),
    Prepared("failure of what a stopped execution left", _left_by_a_stopped_one),
    Prepared("failed endpoint while another deployment waits", _failed_while_another_waits),
    Prepared("failed test after a newer one that was stopped", _failed_test_after_a_stopped_one),
    Prepared("restoration of an endpoint that was scaled meanwhile", _scaled_after_the_update_began),
    Prepared("deployment after one that was stopped", _after_a_stopped_one),
    Prepared("test after one that was stopped", _after_a_stopped_candidate({"SmokeTest": SMOKE_TEST})),
    Prepared("deployment after a test that was stopped", _after_a_stopped_candidate({})),
    Prepared("name that differs in case only", _other_case),
    Prepared("another instance type of a scaled endpoint", _other_type),
    Prepared("rollback by a managed alarm", _rolled_back),
    Prepared("two deployments", _twice),
    *(Prepared(name, run) for name, run in transforms.PREPARED),
    _while("payload lost on the way", _sample_lost, _tested, "SmokeTest"),
    _while("failure while a newer archive is there", _newer_archive, _never_healthy, "ExplainFailure"),
)


def exercises(new_world: Callable[..., World]) -> list[Exercise]:
    """Return all exercises; worlds are prepared once."""
    cleaning = (Exercise(name, run) for name, run in cleanup.runs(new_world))
    others = (
        *services.runs(new_world),
        *http_api.runs(new_world),
        *results.runs(new_world),
        *transforms.runs(new_world),
        *rollouts.runs(new_world),
        *triggers.runs(new_world),
    )
    by_services = (Exercise(name, run) for name, run in others)
    return [*map(_of(new_world), (*ALL, *MORE)), *map(_of_whole(new_world), WHOLE), *cleaning, *by_services]


def _of(new_world: Callable[..., World]) -> Callable[[Scenario], Exercise]:
    def exercise(scenario: Scenario) -> Exercise:
        stage = Stage(new_world, scenario)
        orders = list(stage._origin.orders)

        def run(guard: PolicyGuard) -> Result:
            world = stage.world()
            world.orders = [Order(**vars(order)) for order in orders]
            guard.check(world)
            execution = world.deploy(stage.request, stage.scenario.machine)
            return _result(world, execution)

        return Exercise(scenario.name, run)

    return exercise


def _of_whole(new_world: Callable[..., World]) -> Callable[[Prepared], Exercise]:
    def exercise(prepared: Prepared) -> Exercise:
        def run(guard: PolicyGuard) -> Result:
            world = new_world()
            guard.check(world)
            return _result(world, prepared.run(world))

        return Exercise(prepared.name, run)

    return exercise


def _result(world: World, execution: Execution) -> Result:
    world.settle()
    said = execution.output if execution.status == "SUCCEEDED" else json.loads(execution.cause)
    there = world.there()
    return {
        "Outcome": execution.outcome,
        **dict(_stable(said)),
        "what is left": {kind: sorted(names) for kind, names in vars(there).items()},
        "tags": {arn: world.sagemaker.call("ListTags", {"ResourceArn": arn}) for arn in _arns(there)},
        "events": [entry["DetailType"] for entry in world.services.announced],
    }


def _arns(there: Inventory) -> Iterator[str]:
    yield from (PLACE.arn("sagemaker", f"endpoint/{name}") for name in sorted(there.endpoints))
    yield from (PLACE.arn("sagemaker", f"endpoint-config/{name}") for name in sorted(there.configs))


def _stable(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in said.items():
        if key not in VOLATILE:
            yield key, _stable_value(value)


def _stable_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_stable_value(one) for one in value]
    return dict(_stable(value)) if isinstance(value, dict) else value
