"""Updates whose traffic is analyzed: what each verdict does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workflow.fault_matrix import LIGHT, clean_run, disturbed
from tests.workflow.faults import FOR_GOOD, Order
from tests.workflow.interpreter import Execution
from tests.workflow.scenarios import DISPROVED, PROVEN, Scenario, Stage
from tests.workflow.test_crashes import stopped_and_started_again
from tests.workflow.test_smoke_tests import deployed, deployment, endpoint
from tests.workflow.world import World
from tests.workflow.worlds import MakeWorld

CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 300,
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        }
    }
}


def update(world: World, weights: str = "second", **fields: Any) -> dict[str, Any]:
    request = deployment(world, weights, **{"TrafficAnalysis": {}, **fields})
    del request["SmokeTest"]
    return request


def measure(world: World, config: str, **values: float) -> None:
    """Let CloudWatch have metrics of a configuration's fleet."""
    counts = {"Invocations": 1000.0, "Invocation4XXErrors": 0.0, "Invocation5XXErrors": 0.0, "p95": 50_000.0, **values}
    for name, value in counts.items():
        key = (config, "ModelLatency", name) if name == "p95" else (config, name, "Sum")
        world.services.idle.fleets[key] = [value]


def to_analysis(world: World, request: dict[str, Any], **values: float) -> Execution:
    """Update to the time before the analysis, which finds these metrics of the new version."""
    execution = world.start(request)
    world.step_to(execution, "WaitForTraffic")
    measure(world, str(endpoint(world)["EndpointConfigName"]), **values)
    return execution


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param({}, id="plain"),
        pytest.param({"DeploymentConfig": CANARY, "InitialInstanceCount": 2}, id="canary"),
    ],
)
def test_a_version_that_answers_as_well_stays(world: World, policy: dict[str, Any]) -> None:
    measure(world, deployed(world, "first"))

    execution = to_analysis(world, update(world, **policy))
    served_at = world.time.now()
    world.run()

    assert execution.outcome == "Updated", execution.cause
    assert (execution.output["TrafficAnalysis"]["Verdict"], execution.output["Warnings"]) == ("Successful", [])
    (variant,) = execution.output["TrafficAnalysis"]["Variants"]
    assert (variant["Old"]["Invocations"], variant["New"]["Invocations"]) == (1000, 1000)
    assert (world.time.now() - served_at).total_seconds() >= 12 * 60


def test_a_version_that_answers_worse_gives_way_to_the_one_before(world: World) -> None:
    first = deployed(world, "first")
    before = world.there()
    measure(world, first)

    execution = to_analysis(world, update(world), Invocation5XXErrors=120.0)
    world.run()
    world.settle()

    cause = json.loads(execution.cause)
    assert execution.outcome == "TrafficAnalysisFailed"
    assert "12.0% 5xx errors, more than the limit of 5.0%" in cause["Message"]
    assert cause["TrafficAnalysis"]["Variants"][0]["New"]["Errors5XX"] == 120
    assert cause["Resources"]["Restored"] == [f"EndpointConfig {first}"]
    assert (endpoint(world)["EndpointConfigName"], world.there()) == (first, before)


@pytest.mark.parametrize(("wanted", "outcome"), [("Warn", "Updated"), ("Fail", "TrafficAnalysisFailed")])
def test_too_few_invocations_are_a_warning_or_a_failure(world: World, wanted: str, outcome: str) -> None:
    measure(world, deployed(world, "first"))

    execution = to_analysis(world, update(world, TrafficAnalysis={"OnInconclusive": wanted}), Invocations=7.0)
    world.run()

    assert execution.outcome == outcome
    said = execution.output["Warnings"] if outcome == "Updated" else [json.loads(execution.cause)["Message"]]
    assert ["7 invocations, and 50 are needed" in one for one in said] == [True]


def test_metrics_that_may_not_be_read_are_inconclusive(world: World) -> None:
    measure(world, deployed(world, "first"))
    world.orders.append(Order("access denied", "AnalyzeTraffic", "cloudwatch:GetMetricData", count=FOR_GOOD))

    execution = world.deploy(update(world))

    assert (execution.outcome, execution.output["TrafficAnalysis"]["Verdict"]) == ("Updated", "Inconclusive")
    assert "AccessDenied" in execution.output["Warnings"][0]


def test_a_newer_deployment_is_not_undone(world: World) -> None:
    measure(world, deployed(world, "first"))
    execution = to_analysis(world, update(world), Invocation5XXErrors=1000.0)
    world.time.pass_(1)

    newer = world.deploy(update(world, "third", TrafficAnalysis={"Minutes": 1}))

    assert (execution.outcome, newer.outcome) == ("Updated", "Updated")
    assert endpoint(world)["EndpointConfigName"] == newer.output["EndpointConfigName"]


def test_only_an_update_is_analyzed(world: World) -> None:
    created, again = world.deploy(update(world, "first")), world.deploy(update(world, "first"))

    assert (created.outcome, again.outcome) == ("Created", "AlreadyDeployed")
    assert "AnalyzeTraffic" not in [*created.history, *again.history]
    assert created.output["TrafficAnalysis"] is None


@pytest.mark.parametrize(
    "scenario",
    [pytest.param(PROVEN, id="proven"), pytest.param(DISPROVED, id="disproved", marks=pytest.mark.full)],
)
def test_every_fault_of_the_analysis_is_a_warning_and_leaves_nothing(new_world: MakeWorld, scenario: Scenario) -> None:
    stage = Stage(new_world, scenario)
    clean = clean_run(stage)
    rows = [row for row in clean.rows if row.state == "AnalyzeTraffic"]

    cells = [disturbed(stage, clean, row, kind, count) for row in rows for kind, count in (*LIGHT, ("killed after", 1))]

    assert [row.operation for row in rows] == ["sagemaker:DescribeEndpoint", "cloudwatch:GetMetricData"]
    assert [f"{cell.row} {cell.kind}: {cell.wrong}" for cell in cells if cell.wrong] == []


@pytest.mark.parametrize(
    "only",
    [
        pytest.param(("AnalyzeTraffic", "RestorePreviousConfig"), id="some"),
        pytest.param((), id="every", marks=pytest.mark.full),
    ],
)
def test_an_execution_stopped_in_a_state_of_the_analysis_leaves_one_of_both_versions_and_no_candidate(
    new_world: MakeWorld, only: tuple[str, ...]
) -> None:
    proven, stage = Stage(new_world, PROVEN), Stage(new_world, DISPROVED)
    before, after = clean_run(stage).after, clean_run(proven).after
    history = stage.world().deploy(stage.request).history
    take_time = (one for one in history[history.index("WaitForTraffic") :] if not one.startswith(("Is", "Has")))
    for state in only or dict.fromkeys(take_time):
        world, _, again = stopped_and_started_again(stage, history.index(state))
        # A version that serves already is not compared: there is no update.
        assert world.there() == {"AlreadyDeployed": after, "TrafficAnalysisFailed": before}[again.outcome], state
