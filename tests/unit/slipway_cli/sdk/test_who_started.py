"""Who started executions, by CloudTrail's event history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from slipway_cli.sdk.who_started import PAGES, who_started

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


class CloudTrail:
    """An event history of these events, one a page."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self._events = events
        self.asked: dict[str, Any] = {}
        self.pages = 0

    def get_paginator(self, operation: str) -> CloudTrail:
        assert operation == "lookup_events"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        self.asked = request
        for event in self._events:
            self.pages += 1
            yield {"Events": [event]}


def event(arn: str | None, **more: Any) -> dict[str, Any]:
    answer = {"executionArn": arn} if arn else None
    identity = {"arn": "arn:aws:sts::123456789012:assumed-role/deployer/ci"}
    return {"CloudTrailEvent": json.dumps({"responseElements": answer, "userIdentity": identity}), **more}


def test_an_execution_is_shown_with_who_started_it() -> None:
    trail = CloudTrail(event("arn:one", Username="ann"), event("arn:two"))

    assert who_started(trail, SINCE) == {
        "arn:one": "ann",
        "arn:two": "arn:aws:sts::123456789012:assumed-role/deployer/ci",
    }
    assert trail.asked["StartTime"] == SINCE
    assert trail.asked["LookupAttributes"] == [{"AttributeKey": "EventName", "AttributeValue": "StartExecution"}]


def test_a_start_that_was_refused_is_nobodys() -> None:
    assert who_started(CloudTrail(event(None, Username="eve"), {"EventName": "StartExecution"}), SINCE) == {}


def test_it_reads_no_further_than_it_says() -> None:
    trail = CloudTrail(*(event(f"arn:{number}", Username="ann") for number in range(PAGES + 10)))

    assert len(who_started(trail, SINCE)) == PAGES
    assert trail.pages <= PAGES + 1
