"""CloudWatch metrics as SageMaker publishes them."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

LOGGER = logging.getLogger(__name__)
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

    def put(self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str]) -> None:
        """Publish one datum at the present minute; returns before CloudWatch has it."""
        datum = {
            "MetricName": name,
            "Value": value,
            "Unit": unit,
            "Timestamp": datetime.now(UTC),
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
                LOGGER.warning("%d metric data were not published", len(batch), exc_info=True)
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
