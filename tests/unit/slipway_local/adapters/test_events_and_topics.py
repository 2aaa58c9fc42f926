from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from slipway_local.adapters.events import EngineEventBridge, EventBridgeEvents
from slipway_local.adapters.topics import SnsTopics

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/ep"


class FakeEventBridge:
    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.entries: list[dict[str, Any]] = []

    def put_events(self, **request: Any) -> dict[str, Any]:
        self.entries += request["Entries"]
        return self.answer


def test_an_event_is_published_under_sagemakers_own_name() -> None:
    bridge = FakeEventBridge({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]})

    EventBridgeEvents(bridge).put("SageMaker Endpoint State Change", {"EndpointStatus": "IN_SERVICE"}, [ARN])

    [entry] = bridge.entries
    assert entry["Source"] == "aws.sagemaker"
    assert entry["DetailType"] == "SageMaker Endpoint State Change"
    assert json.loads(entry["Detail"]) == {"EndpointStatus": "IN_SERVICE"}
    assert entry["Resources"] == [ARN]
    assert "EventBusName" not in entry


def test_a_refused_entry_is_an_error() -> None:
    refused = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    bridge = FakeEventBridge({"FailedEntryCount": 1, "Entries": [refused]})

    with pytest.raises(RuntimeError, match="NotAuthorizedForSourceException: Not authorized"):
        EventBridgeEvents(bridge).put("any", {}, [])


def test_the_engine_is_called_as_an_aws_service() -> None:
    asked: list[tuple[Any, bool]] = []

    def put(request: Any, allow_aws_source: bool) -> tuple[int, Mapping[str, str], bytes]:
        asked.append((request, allow_aws_source))
        return 200, {}, b'{"FailedEntryCount": 0, "Entries": []}'

    answer = EngineEventBridge(put).put_events(Entries=[{"Source": "aws.sagemaker"}])

    assert asked == [({"Entries": [{"Source": "aws.sagemaker"}]}, True)]
    assert answer == {"FailedEntryCount": 0, "Entries": []}


def test_a_request_that_the_engine_refuses_as_a_whole_is_an_error() -> None:
    bridge = EngineEventBridge(lambda request, allow_aws_source: (400, {}, b"ValidationException"))

    with pytest.raises(RuntimeError, match="400: ValidationException"):
        bridge.put_events(Entries=[])


def test_a_message_goes_to_a_topic_as_the_account_or_as_a_role(client: Callable[[str], Any]) -> None:
    sns, roles = client("sns"), []
    topic = sns.create_topic(Name="results")["TopicArn"]

    def as_role(role: str) -> Any:
        roles.append(role)
        return sns

    SnsTopics(sns).publish(topic, "hello", "arn:role")
    SnsTopics(sns, as_role).publish(topic, "hello", "arn:role")
    SnsTopics(sns, as_role).publish(topic, "hello", None)

    assert roles == ["arn:role"]


def test_a_topic_that_does_not_exist_takes_no_message(client: Callable[[str], Any]) -> None:
    with pytest.raises(OSError, match="took no message"):
        SnsTopics(client("sns")).publish("arn:aws:sns:us-east-1:123456789012:missing", "hello", None)
