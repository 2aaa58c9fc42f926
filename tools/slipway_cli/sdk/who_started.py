"""Who started executions: Step Functions does not keep it, CloudTrail's event history does, for 90 days.

Reading the event history costs nothing and needs no trail. It takes two calls a second, which the SDK's retries obey,
and shows an event some minutes after it happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

PAGES = 20  # of 50 events


def who_started(cloudtrail: Any, since: datetime) -> dict[str, str]:
    """Return who started executions since then, by the execution's ARN, among the newest 1,000 starts.

    The name is CloudTrail's: an IAM user, or a role's session. Raises what botocore raises.
    """
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "StartExecution"}], StartTime=since
    )
    return {arn: name for page in islice(pages, PAGES) for arn, name in _starts(page["Events"])}


def _starts(events: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for event in events:
        record = json.loads(event.get("CloudTrailEvent") or "{}")
        # A refused call has none.
        arn = (record.get("responseElements") or {}).get("executionArn")
        name = event.get("Username") or record.get("userIdentity", {}).get("arn")
        if arn and name:
            yield str(arn), str(name)
