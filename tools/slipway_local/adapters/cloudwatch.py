"""CloudWatch as SageMaker uses it: alarms, metrics and logs."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError


def alarm_states(cloudwatch: Any, names: list[str]) -> dict[str, str]:
    """`AlarmStates` over a boto3 CloudWatch client."""
    found = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}


logger = logging.getLogger(__name__)
MAX_DATA = 1000  # PutMetricData takes at most 1,000 data a call

NamedDatum = tuple[str, dict[str, Any]]


class CloudWatchMetrics:
    """`Metrics` over a boto3 CloudWatch client, published from a thread of its own.

    An invocation counts half a dozen metrics; publishing them before the answer would multiply its latency,
    and on AWS metrics come later than the answer too. Whatever has gathered meanwhile goes in one call.
    """

    def __init__(self, client: Any) -> None:
        self._cloudwatch = client
        self._waiting: queue.Queue[NamedDatum] = queue.Queue()
        threading.Thread(target=self._publish_for_ever, name="cloudwatch-metrics", daemon=True).start()

    def put(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], minutes_ago: int = 0
    ) -> None:
        """Publish one datum; returns before CloudWatch has it."""
        datum = {
            "MetricName": name,
            "Value": value,
            "Unit": unit,
            "Timestamp": datetime.now(UTC) - timedelta(minutes=minutes_ago),
            "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
        }
        self._waiting.put((namespace, datum))

    def flush(self) -> None:
        """Block until everything put so far has been published."""
        self._waiting.join()

    def _publish_for_ever(self) -> None:
        while True:
            batch = self._next_batch()
            try:
                self._publish(batch)
            except (BotoCoreError, ClientError):
                logger.warning("%d metric data were not published", len(batch), exc_info=True)
            finally:
                for _ in batch:
                    self._waiting.task_done()

    def _next_batch(self) -> list[NamedDatum]:
        batch = [self._waiting.get()]
        while len(batch) < MAX_DATA:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _publish(self, batch: list[NamedDatum]) -> None:
        for namespace in dict.fromkeys(name for name, _ in batch):
            data = [datum for name, datum in batch if name == namespace]
            self._cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


# Quotas of PutLogEvents: 10,000 events and 1,048,576 bytes a call, an event counting its UTF-8 bytes + 26;
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
MAX_EVENTS = 10_000
MAX_BYTES = 1_048_576
EVENT_OVERHEAD = 26
# A line longer than this is cut into several events. In characters: UTF-8 needs at most four bytes for one.
MAX_LINE = 60_000


class CloudWatchLogs:
    """`Logs` over a boto3 CloudWatch Logs client. `milliseconds` is the time of day, for tests.

    `as_role` makes the clients of roles, where IAM is enforced.
    """

    def __init__(
        self,
        client: Any,
        milliseconds: Callable[[], int] = lambda: time.time_ns() // 10**6,
        as_role: Callable[[str], Any] | None = None,
    ) -> None:
        self._logs = client
        self._milliseconds = milliseconds
        self._as_role = as_role

    def acting_as(self, role_arn: str | None) -> CloudWatchLogs:
        """Return the same logs, written as a role may write them."""
        if role_arn is None or self._as_role is None:
            return self
        return CloudWatchLogs(self._as_role(role_arn), self._milliseconds)

    def write(self, group: str, stream: str, lines: list[str]) -> None:
        """Append lines in order, creating group and stream where they are missing; drops blank lines."""
        now = self._milliseconds()
        # PutLogEvents refuses an empty message.
        events = [{"timestamp": now, "message": part} for line in lines if line for part in _cut(line)]
        for batch in _batches(events):
            self._put(group, stream, batch)

    def _put(self, group: str, stream: str, batch: list[dict[str, Any]]) -> None:
        try:
            self._logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)
        except self._logs.exceptions.ResourceNotFoundException:
            exists = self._logs.exceptions.ResourceAlreadyExistsException
            with suppress(exists):
                self._logs.create_log_group(logGroupName=group)
            with suppress(exists):
                self._logs.create_log_stream(logGroupName=group, logStreamName=stream)
            self._logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=batch)


def _cut(line: str) -> Iterator[str]:
    for start in range(0, len(line), MAX_LINE):
        yield line[start : start + MAX_LINE]


def _batches(events: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for event in events:
        cost = len(event["message"].encode()) + EVENT_OVERHEAD
        if batch and (len(batch) == MAX_EVENTS or size + cost > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += cost
    if batch:
        yield batch
