"""Data capture: samples of requests and answers of a real-time endpoint, written to S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html has the form of a record, and
the key of its file: `<prefix>/<endpoint>/<variant>/yyyy/mm/dd/hh/<file>.jsonl`. AWS names a file by its time and an
id, 32-18-648-cee08c3a-02ce-4790-b8ba-3173cfc12813.jsonl for one; it holds the records of a while, one a line.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from slipway_local.ports import Answer, Capture, Invocation, ObjectDenied, ObjectMissing, Payloads

logger = logging.getLogger(__name__)
MAX_BYTES = 1024 * 1024  # of a file; AWS publishes no limit, nor how long a file is written to
Now = Callable[[], datetime]


@dataclass
class CaptureFile:
    """The records of one hour that are still to be written, and what of them is the same."""

    capture: Capture
    began: datetime
    records: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The number of bytes."""
        return sum(map(len, self.records))


class DataCapture:
    """Collects samples and writes them when `flush` is called; what cannot be written is only logged, as on AWS."""

    def __init__(self, payloads: Payloads, random: Random, now: Now = lambda: datetime.now(UTC)) -> None:
        self._payloads = payloads
        self._random = random
        self._now = now
        self._files: dict[str, CaptureFile] = {}
        self._lock = threading.Lock()

    def write(self, capture: Capture, key_prefix: str, invocation: Invocation, answer: Answer) -> None:
        """Add one invocation of `<endpoint>/<variant>`, if it is sampled; a full file is written at once."""
        if self._random.random() * 100 >= capture.percentage:
            return
        now = self._now()
        record = json.dumps(_record(capture, now, invocation, answer)).encode() + b"\n"
        folder = f"{capture.destination.rstrip('/')}/{key_prefix}/{now:%Y/%m/%d/%H}"
        full = None
        with self._lock:
            file = self._files.setdefault(folder, CaptureFile(capture, now))
            file.records.append(record)
            if file.size >= MAX_BYTES:
                full = self._files.pop(folder)
        if full:
            self._store(folder, full)

    def flush(self) -> None:
        """Write what was collected since the last time."""
        with self._lock:
            files, self._files = self._files, {}
        for folder, file in files.items():
            self._store(folder, file)

    def _store(self, folder: str, file: CaptureFile) -> None:
        milliseconds = file.began.microsecond // 1000
        uri = f"{folder}/{file.began:%M-%S}-{milliseconds:03}-{uuid.uuid4()}.jsonl"
        try:
            store = self._payloads.acting_as(file.capture.role_arn)
            store.write(uri, b"".join(file.records), "application/octet-stream")
        except (ObjectMissing, ObjectDenied):
            logger.warning("data capture could not write %s", uri, exc_info=True)


def _record(capture: Capture, now: datetime, invocation: Invocation, answer: Answer) -> dict[str, Any]:
    metadata = {"eventId": str(uuid.uuid4()), "inferenceTime": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
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
    return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}


def _side(capture: Capture, mode: str, content_type: str | None, body: bytes) -> dict[str, Any]:
    kind = (content_type or "").partition(";")[0].strip().lower()
    encoding = "JSON" if kind in capture.json_types else "CSV" if kind in capture.csv_types else "BASE64"
    text = base64.b64encode(body).decode() if encoding == "BASE64" else body.decode(errors="replace")
    return {"observedContentType": content_type, "mode": mode.upper(), "data": text, "encoding": encoding}
