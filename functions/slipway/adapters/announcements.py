"""EventBridge's default bus and the stack's notification topic, over boto3."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from slipway.adapters.aws_errors import aws_errors
from slipway.errors import ServiceUnavailable

SOURCE = "slipway"


class Boto3Announcements:
    """Implements `slipway.use_cases.idle_deletion_ports.Announcements`."""

    def __init__(self, events: Any, sns: Any, topic_arn: str) -> None:
        self._events = events
        self._sns = sns
        self._topic_arn = topic_arn

    def put_events(self, detail_type: str, details: Sequence[Mapping[str, Any]]) -> None:
        """See the port: PutEvents answers 200 for what it did not take, and says so."""
        entries = [{"Source": SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)} for detail in details]
        with aws_errors():
            answer = self._events.put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            codes = sorted({str(entry["ErrorCode"]) for entry in answer["Entries"] if "ErrorCode" in entry})
            raise ServiceUnavailable(f"{answer['FailedEntryCount']} events were not taken: {', '.join(codes)}.")

    def notify(self, subject: str, text: str) -> None:
        """See the port."""
        with aws_errors():
            self._sns.publish(TopicArn=self._topic_arn, Subject=subject, Message=text)
