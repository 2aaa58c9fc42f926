"""Data capture: samples of requests and answers of a real-time endpoint, written to S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html has the form of a record, and
the key of its file: `<prefix>/<endpoint>/<variant>/yyyy/mm/dd/hh/<file>.jsonl`. Here each record is a file of its own.
"""

from __future__ import annotations

import base64
import json
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from slipway_local.ports import Answer, Capture, Invocation, ObjectDenied, ObjectMissing, Payloads

logger = logging.getLogger(__name__)


class DataCapture:
    """Writes samples; a sample that cannot be written is only logged, as on AWS."""

    def __init__(
        self, payloads: Payloads, random: Random, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._payloads = payloads
        self._random = random
        self._now = now

    def write(self, capture: Capture, key_prefix: str, invocation: Invocation, answer: Answer) -> None:
        """Write one invocation of `<endpoint>/<variant>`, if it is sampled."""
        if self._random.random() * 100 >= capture.percentage:
            return
        now, event_id = self._now(), str(uuid.uuid4())
        metadata = {"eventId": event_id, "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if invocation.custom_attributes:
            metadata["customAttributes"] = invocation.custom_attributes
        if invocation.inference_id:
            metadata["inferenceId"] = invocation.inference_id
        sides = {
            "Input": ("endpointInput", invocation.content_type, invocation.body),
            "Output": ("endpointOutput", answer.content_type, answer.body),
        }
        data = {
            name: _side(capture, mode, content_type, body)
            for mode, (name, content_type, body) in sides.items()
            if mode in capture.modes
        }
        record = {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}
        uri = f"{capture.destination.rstrip('/')}/{key_prefix}/{now:%Y/%m/%d/%H/%M-%S}-{event_id}.jsonl"
        try:
            store = self._payloads.acting_as(capture.role_arn)
            store.write(uri, json.dumps(record).encode() + b"\n", "application/octet-stream")
        except (ObjectMissing, ObjectDenied):
            logger.warning("data capture could not write %s", uri, exc_info=True)


def _side(capture: Capture, mode: str, content_type: str | None, body: bytes) -> dict[str, Any]:
    kind = (content_type or "").partition(";")[0].strip().lower()
    encoding = "JSON" if kind in capture.json_types else "CSV" if kind in capture.csv_types else "BASE64"
    text = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode(errors="replace")
    return {"observedContentType": content_type, "mode": mode.upper(), "data": text, "encoding": encoding}
