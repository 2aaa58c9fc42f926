"""The private function of MiniStack's EventBridge through which `aws.*` events are published."""

from __future__ import annotations

import inspect
import json

from ministack.services import eventbridge

from slipway_local.adapters.events import EngineEventBridge, EventBridgeEvents


def test_put_events_still_has_the_switch_for_aws_sources() -> None:
    parameters = list(inspect.signature(eventbridge._put_events).parameters)

    assert parameters == ["data", "allow_aws_source"]


def test_without_the_switch_the_engine_refuses_as_aws_does() -> None:
    _, _, body = eventbridge._put_events({"Entries": [{"Source": "aws.sagemaker", "Detail": "{}"}]})

    assert json.loads(body)["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_an_event_of_sagemakers_is_accepted_on_the_default_bus() -> None:
    before = len(eventbridge._events_log_list())

    EventBridgeEvents(EngineEventBridge(eventbridge._put_events)).put(
        "SageMaker Endpoint State Change", {"EndpointStatus": "IN_SERVICE"}, ["arn:aws:sagemaker:::endpoint/ep"]
    )

    [event] = eventbridge._events_log_list()[before:]
    assert event["Source"] == "aws.sagemaker"
    assert event["EventBusName"] == "default"
    assert json.loads(event["Detail"]) == {"EndpointStatus": "IN_SERVICE"}
