"""EventBridge events."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from tests.processes import TIMEOUT
from tests.unit.slipway_local.sagemaker.world import PREFIX, START, World, variant

from slipway_local.ports import HostingFailed
from slipway_local.sagemaker.events import Announcer, upper_snake
from slipway_local.sagemaker.models import Endpoint, EndpointConfig

ARN = f"{PREFIX}endpoint/endpoint-1"
MILLIS = int(START.timestamp() * 1000)


def test_a_state_change_has_the_shape_of_awss_sample(world: World) -> None:
    world.in_service(variant(InitialInstanceCount=2, InitialVariantWeight=0.5))
    assert world.events.sent[-1] == (
        "SageMaker Endpoint State Change",
        {
            "EndpointName": "endpoint-1",
            "EndpointArn": ARN,
            "EndpointConfigName": "config-1",
            "ProductionVariants": [{"DesiredWeight": 0.5, "DesiredInstanceCount": 2}],
            "EndpointStatus": "IN_SERVICE",
            "CreationTime": MILLIS,
            "LastModifiedTime": MILLIS + 3000,
            "Tags": {},
        },
        [ARN],
    )


def test_tags_of_the_endpoint_are_in_its_events(world: World) -> None:
    world.model()
    world.config()
    world.endpoint(Tags=[{"Key": "team", "Value": "red"}])
    assert world.events.sent[-1][1]["Tags"] == {"team": "red"}


def test_every_transition_is_announced_in_order(world: World) -> None:
    world.in_service()
    world.update("config-1")
    world.finish()
    world.rescale({"VariantName": "AllTraffic", "DesiredWeight": 2})
    world.finish()
    world.call("DeleteEndpoint", EndpointName="endpoint-1")
    world.finish()
    assert world.events.statuses() == ["CREATING", *["IN_SERVICE", "UPDATING"] * 2, "IN_SERVICE", "DELETING"]


def test_a_failure_is_announced(world: World) -> None:
    world.hosting.failures.append(HostingFailed("no"))
    world.create()
    world.finish()
    assert world.events.statuses() == ["CREATING", "FAILED"]


def test_an_update_announces_its_stages_with_the_pending_deployment(world: World) -> None:
    fleet = variant(InitialInstanceCount=2)
    world.in_service(fleet)
    routing = {"Type": "CANARY", "WaitIntervalInSeconds": 10, "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}}
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 600}
    world.update("config-1", DeploymentConfig={"BlueGreenUpdatePolicy": policy})
    world.finish()
    details = [d for kind, d, _ in world.events.sent if kind == "SageMaker Endpoint Deployment State Change"]
    stages = [
        variant["VariantStatus"][0]
        for detail in details
        for variant in detail["PendingDeploymentSummary"]["ProductionVariants"]
    ]
    assert [stage["Status"] for stage in stages] == ["Creating", "ActivatingTraffic", "Baking"]
    assert stages[2] == {"Status": "Baking", "StatusMessage": "Baking for 600 seconds.", "StartTime": MILLIS + 16_000}
    first = details[0]
    assert first["EndpointStatus"] == "UPDATING"
    assert first["PendingDeploymentSummary"]["EndpointConfigName"] == "config-1"
    assert first["PendingDeploymentSummary"]["StartTime"] == MILLIS + 3000
    assert first["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentInstanceCount": 2,
            "DesiredInstanceCount": 2,
        }
    ]


def test_a_bus_that_is_down_fails_no_call_and_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.events.broken = True
    world.in_service()
    assert "could not send SageMaker Endpoint State Change" in caplog.text


@pytest.mark.parametrize(
    ("status", "spelt"),
    [
        ("InService", "IN_SERVICE"),
        ("OutOfService", "OUT_OF_SERVICE"),
        ("UpdateRollbackFailed", "UPDATE_ROLLBACK_FAILED"),
        ("SystemUpdating", "SYSTEM_UPDATING"),
        ("Creating", "CREATING"),
    ],
)
def test_events_spell_statuses_in_upper_snake(status: str, spelt: str) -> None:
    assert upper_snake(status) == spelt


class BlockingBus:
    """A bus whose first put waits for the test."""

    def __init__(self) -> None:
        self.entered, self.go_on = threading.Event(), threading.Event()
        self.sent: list[str] = []

    def put(self, detail_type: str, detail: Mapping[str, Any], resources: list[str]) -> None:
        self.entered.set()
        assert self.go_on.wait(TIMEOUT)
        self.sent.append(detail["EndpointStatus"])


def test_while_one_thread_sends_another_queues_without_waiting_and_order_is_kept() -> None:
    bus = BlockingBus()
    announcer = Announcer(bus.put)
    config = EndpointConfig("c", "arn", START, {"ProductionVariants": []})
    endpoint = Endpoint("e", "arn", START, {}, config=config, modified=START)
    announcer.endpoint(endpoint)
    sender = threading.Thread(target=announcer.flush)
    sender.start()
    assert bus.entered.wait(TIMEOUT)
    endpoint.status = "InService"
    announcer.endpoint(endpoint)
    announcer.flush()
    assert bus.sent == []
    bus.go_on.set()
    sender.join(TIMEOUT)
    assert bus.sent == ["CREATING", "IN_SERVICE"]
