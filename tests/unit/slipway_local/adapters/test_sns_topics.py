from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from slipway_local.adapters.topics import SnsTopics


def test_a_message_goes_to_a_topic_as_the_account_or_as_a_role(client: Callable[[str], Any]) -> None:
    sns, roles = client("sns"), []
    topic = sns.create_topic(Name="told")["TopicArn"]

    def as_role(role: str) -> Any:
        roles.append(role)
        return sns

    SnsTopics(sns).publish(topic, "hello", "arn:role")
    SnsTopics(sns, as_role).publish(topic, "hello", "arn:role")
    SnsTopics(sns, as_role).publish(topic, "hello", None)

    assert roles == ["arn:role"]


def test_a_topic_that_does_not_exist_takes_no_message(client: Callable[[str], Any]) -> None:
    with pytest.raises(OSError, match="took no message"):
        SnsTopics(client("sns")).publish("arn:aws:sns:us-east-1:123456789012:nobody", "hello", None)
