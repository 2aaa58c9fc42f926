"""The control route."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import World

from slipway_local.sagemaker import Control

FAULTS = "/_slipway/sagemaker/faults"
SETTINGS = "/_slipway/sagemaker/settings"
DEFAULTS = {"CreationSeconds": 3.0, "ChangeSeconds": 1.0, "ClockScale": 1.0, "ScheduleScale": 1.0, "InstanceLimits": {}}


def ask(world: World, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    control = Control(world.sagemaker)
    status, headers, answer = asyncio.run(control.handle_control(method, path, raw))
    assert headers == {"Content-Type": "application/json"}
    return status, json.loads(answer)


def refused(world: World, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
    status, answer = ask(world, method, path, body)
    return status, answer["__type"], answer["message"]


def test_an_ordered_fault_is_shown_and_happens(world: World) -> None:
    status, answer = ask(world, "POST", FAULTS, {"Fault": "Throttle", "Operation": "ListModels", "Count": 2})
    shown = {"Id": 1, "Fault": "Throttle", "Operation": "ListModels", "Count": 2, "Skip": 0}
    assert (status, answer) == (201, {"Faults": [shown]})
    assert world.refusal("ListModels").code == "ThrottlingException"
    assert ask(world, "GET", FAULTS) == (200, {"Faults": [shown | {"Count": 1}], "StuckEndpoints": []})


def test_several_faults_are_ordered_at_once(world: World) -> None:
    orders: list[dict[str, Any]] = [
        {"Fault": "ResponseLost", "How": "ConnectionDropped", "Skip": 1},
        {"Fault": "EventuallyConsistent", "Operation": "CreateModel", "Reads": 3},
        {"Fault": "NoCapacity", "EndpointName": "e", "InstanceType": "ml.m5.xlarge", "Message": "none"},
    ]
    status, answer = ask(world, "POST", FAULTS, orders)
    assert status == 201
    assert answer["Faults"] == [{"Id": n, "Count": 1, "Skip": 0} | order for n, order in enumerate(orders, 1)]


def test_one_bad_order_among_several_orders_none(world: World) -> None:
    status, _, _ = refused(world, "POST", FAULTS, [{"Fault": "Throttle"}, {"Fault": "Nonsense"}])
    assert status == 400
    assert world.sagemaker.faults.open() == []


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({}, "Fault must be one of Throttle, "),
        ({"Fault": "Nonsense"}, "it is 'Nonsense'"),
        ({"Fault": ["Throttle"]}, "it is ['Throttle']"),
        ({"Fault": "Throttle", "Operation": "CreateNotebook"}, "Operation must be one of AddTags, "),
        ({"Fault": "Throttle", "Count": 0}, "Count must be a whole number of 1 or more; it is 0."),
        ({"Fault": "Throttle", "Count": True}, "Count must be a whole number"),
        ({"Fault": "Throttle", "Skip": -1}, "Skip must be a whole number of 0 or more"),
        ({"Fault": "EventuallyConsistent", "Reads": "2"}, "Reads must be a whole number"),
        ({"Fault": "Throttle", "EndpointName": ""}, "EndpointName must be a text"),
        ({"Fault": "ResponseLost", "How": "Shrug"}, "How must be one of InternalFailure, ConnectionDropped"),
        ({"Fault": "Throttle", "Times": 2}, "field must be one of Fault, Operation, "),
        ({"Fault": "PingFailed", "Operation": "CreateEndpoint"}, "happens while hosting"),
        ({"Fault": "Throttle", "InstanceType": "ml.m5.xlarge"}, "Throttle has no InstanceType"),
        ({"Fault": "EventuallyConsistent", "Operation": "DeleteModel"}, "EventuallyConsistent concerns CreateModel, "),
        ("Throttle", "An order must be a JSON object."),
        (b"{", "The request is not JSON"),
    ],
)
def test_an_invalid_order_is_refused_with_what_to_write(world: World, order: Any, said: str) -> None:
    status, code, message = refused(world, "POST", FAULTS, order)
    assert (status, code) == (400, "InvalidOrder")
    assert said in message


def test_withdrawing_one_or_all(world: World) -> None:
    ask(world, "POST", FAULTS, [{"Fault": "Throttle"}, {"Fault": "InternalFailure"}, {"Fault": "AccessDenied"}])
    assert ask(world, "DELETE", f"{FAULTS}/2") == (200, {"Withdrawn": 1})
    assert refused(world, "DELETE", f"{FAULTS}/2") == (404, "NotFound", 'There is no open order "2".')
    assert refused(world, "DELETE", f"{FAULTS}/x")[0] == 404
    assert ask(world, "DELETE", FAULTS) == (200, {"Withdrawn": 2})
    assert world.call("ListModels") == {"Models": []}


def test_withdrawing_all_lets_stuck_endpoints_go_on(world: World) -> None:
    ask(world, "POST", FAULTS, {"Fault": "StuckCreating"})
    world.create()
    world.finish()
    assert ask(world, "GET", FAULTS)[1]["StuckEndpoints"] == ["endpoint-1"]
    ask(world, "DELETE", FAULTS)
    world.finish()
    assert world.describe()["EndpointStatus"] == "InService"


def test_settings_are_shown_and_changed_one_by_one(world: World) -> None:
    assert ask(world, "GET", SETTINGS) == (200, DEFAULTS)
    limits = {"ml.m5.xlarge": 0}
    change = {"CreationSeconds": 60, "ClockScale": 0.01, "InstanceLimits": limits}
    assert ask(world, "PUT", SETTINGS, change) == (200, DEFAULTS | change)
    assert ask(world, "PUT", SETTINGS, {"ChangeSeconds": 0})[1]["ChangeSeconds"] == 0
    assert world.clock.scale == 0.01
    world.model()
    world.config()
    names = {"EndpointName": "e", "EndpointConfigName": "config-1"}
    assert world.refusal("CreateEndpoint", **names).code == "ResourceLimitExceeded"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"CreationSeconds": -1}, "CreationSeconds must be a number of 0 or more; it is -1."),
        ({"CreationSeconds": "3"}, "must be a number"),
        ({"ClockScale": True}, "must be a number"),
        ({"ScheduleScale": 0}, "ScheduleScale must be more than 0"),
        (b"[" * 100_000, "The request is not JSON"),
        (b'{"ClockScale": Infinity}', "must be a number"),
        (b'{"ClockScale": NaN}', "must be a number"),
        ({"Speed": 1}, "field must be one of CreationSeconds, "),
        ({"InstanceLimits": 3}, "InstanceLimits must map"),
        ({"InstanceLimits": {"ml.m5.xlarge": -1}}, "InstanceLimits.ml.m5.xlarge must be a whole number"),
        ([], "Settings must be a JSON object."),
    ],
)
def test_a_bad_setting_changes_nothing(world: World, change: Any, said: str) -> None:
    good = {"ChangeSeconds": 9} | change if isinstance(change, dict) else change
    status, code, message = refused(world, "PUT", SETTINGS, good)
    assert (status, code) == (400, "InvalidOrder")
    assert said in message
    assert ask(world, "GET", SETTINGS) == (200, DEFAULTS)


def test_a_status_can_be_forced(world: World) -> None:
    world.in_service()
    path = "/_slipway/sagemaker/endpoints/endpoint-1"
    assert ask(world, "PUT", path, {"EndpointStatus": "SystemUpdating"})[0] == 200
    assert world.describe()["EndpointStatus"] == "SystemUpdating"
    bodies: list[Any] = [{"EndpointStatus": "Asleep"}, {}, [], None]
    for body in bodies:
        assert refused(world, "PUT", path, body)[:2] == (400, "InvalidOrder")
    gone = refused(world, "PUT", path + "x", {"EndpointStatus": "InService"})
    assert gone[:2] == (400, "ValidationException")


def test_an_endpoint_can_be_made_older(world: World) -> None:
    world.in_service()
    before = world.describe()
    path = "/_slipway/sagemaker/endpoints/endpoint-1"

    assert ask(world, "PUT", path, {"AgeMinutes": 90}) == (200, {"EndpointName": "endpoint-1", "AgeMinutes": 90})

    found = world.describe()
    for field in ("CreationTime", "LastModifiedTime"):
        assert before[field] - found[field] == pytest.approx(90 * 60)
    bodies: list[Any] = [{"AgeMinutes": 0}, {"AgeMinutes": "90"}, {"AgeMinutes": 1, "EndpointStatus": "InService"}]
    for body in bodies:
        assert refused(world, "PUT", path, body)[:2] == (400, "InvalidOrder")


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/_slipway/sagemaker/weather", 404, "there are endpoints, faults, schedules, settings"),
        ("PUT", FAULTS, 405, "answers GET, POST, DELETE, not PUT"),
    ],
)
def test_an_unknown_control_route_is_refused(world: World, method: str, path: str, status: int, said: str) -> None:
    answer = refused(world, method, path)
    assert answer[0] == status
    assert said in answer[2]
