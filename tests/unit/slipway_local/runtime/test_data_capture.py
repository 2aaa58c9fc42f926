"""Data capture: what is sampled is written to S3 in the form that AWS documents."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Self

import pytest
from tests.unit.slipway_local.runtime.doubles import FakeContainer, FakeEndpoints, RecordedMetrics

from slipway_local.ports import Answer, Capture, Invocation, ObjectDenied, ServingVariant
from slipway_local.runtime.capture import MAX_BYTES, DataCapture
from slipway_local.runtime.provider import RealTime

BOTH = Capture("s3://captured/prefix/", 100, frozenset({"Input", "Output"}), json_types=frozenset({"application/json"}))
INVOCATION = Invocation(b"[1]", "application/json", custom_attributes="a=1", inference_id="id-1")
ANSWER = Answer(200, b"1,2", "text/csv; charset=utf-8")
NOON = datetime(2026, 11, 28, 12, 30, 15, 648_000, tzinfo=UTC)
# As AWS named a file, in github.com's public notebooks: .../AllTraffic/2020/03/11/12/32-18-648-<uuid>.jsonl
FILE = re.compile(r"30-15-648-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl")


@dataclass
class FakePayloads:
    written: dict[str, bytes] = field(default_factory=dict)
    roles: list[str | None] = field(default_factory=list)
    is_denied: bool = False

    def read(self, s3_uri: str) -> bytes:
        raise AssertionError(s3_uri)

    def write(self, s3_uri: str, body: bytes, content_type: str) -> None:
        if self.is_denied:
            raise ObjectDenied
        self.written[s3_uri] = body

    def acting_as(self, role_arn: str | None) -> Self:
        self.roles.append(role_arn)
        return self


def captured(capture: Capture, payloads: FakePayloads | None = None) -> list[tuple[str, dict[str, Any]]]:
    payloads = payloads or FakePayloads()
    writer = DataCapture(payloads, Random(1), lambda: NOON)
    writer.write(capture, "endpoint/AllTraffic", INVOCATION, ANSWER)
    writer.flush()
    return [(uri, json.loads(body)) for uri, body in payloads.written.items()]


def test_a_sample_has_the_documented_form() -> None:
    [(uri, record)] = captured(BOTH)

    folder, _, file = uri.rpartition("/")
    assert folder == "s3://captured/prefix/endpoint/AllTraffic/2026/11/28/12"
    assert FILE.fullmatch(file)
    assert record["eventMetadata"].pop("eventId") not in file
    assert record == {
        "captureData": {
            "endpointInput": {
                "observedContentType": "application/json", "mode": "INPUT", "data": "[1]", "encoding": "JSON",
            },
            "endpointOutput": {
                "observedContentType": "text/csv; charset=utf-8", "mode": "OUTPUT", "data": "MSwy",
                "encoding": "BASE64",
            },
        },
        "eventMetadata": {"inferenceTime": "2026-11-28T12:30:15Z", "customAttributes": "a=1", "inferenceId": "id-1"},
        "eventVersion": "0",
    }  # fmt: skip


def test_a_body_of_a_csv_type_is_written_as_text() -> None:
    [(_, record)] = captured(replace(BOTH, csv_types=frozenset({"text/csv"}), modes=frozenset({"Output"})))

    assert record["captureData"].keys() == {"endpointOutput"}
    assert record["captureData"]["endpointOutput"]["data"] == "1,2"


def test_only_the_sampled_share_is_written() -> None:
    payloads = FakePayloads()
    capture = DataCapture(payloads, Random(1), lambda: NOON)

    for _ in range(1000):
        capture.write(replace(BOTH, percentage=20), "endpoint/v", INVOCATION, ANSWER)
    capture.flush()

    [lines] = payloads.written.values()
    assert 150 < len(lines.splitlines()) < 250


def test_the_records_of_a_while_are_lines_of_one_file() -> None:
    payloads = FakePayloads()
    capture = DataCapture(payloads, Random(1), lambda: NOON)

    for variant in ("blue", "green", "blue"):
        capture.write(BOTH, f"endpoint/{variant}", INVOCATION, ANSWER)
    assert not payloads.written
    capture.flush()
    capture.flush()

    lines = {uri.split("/")[5]: body.splitlines() for uri, body in payloads.written.items()}
    assert {variant: len(found) for variant, found in lines.items()} == {"blue": 2, "green": 1}
    assert all(json.loads(line)["eventVersion"] == "0" for found in lines.values() for line in found)


def test_each_hour_has_files_of_its_own() -> None:
    payloads, times = FakePayloads(), [NOON, NOON + timedelta(hours=1)]
    capture = DataCapture(payloads, Random(1), lambda: times[0])

    capture.write(BOTH, "endpoint/v", INVOCATION, ANSWER)
    times.pop(0)
    capture.write(BOTH, "endpoint/v", INVOCATION, ANSWER)
    capture.flush()

    assert sorted(uri.split("/")[-2] for uri in payloads.written) == ["12", "13"]


def test_a_full_file_is_written_at_once() -> None:
    payloads = FakePayloads()
    capture = DataCapture(payloads, Random(1), lambda: NOON)

    capture.write(BOTH, "endpoint/v", replace(INVOCATION, body=b"1" * MAX_BYTES), ANSWER)

    assert len(payloads.written) == 1


def test_a_sample_that_may_not_be_written_fails_no_invocation(caplog: pytest.LogCaptureFixture) -> None:
    payloads = FakePayloads(is_denied=True)

    assert captured(replace(BOTH, role_arn="arn:role"), payloads) == []
    assert payloads.roles == ["arn:role"]
    assert "data capture could not write" in caplog.text


def test_an_invocation_is_captured_under_its_variant() -> None:
    endpoints = FakeEndpoints({"e": [ServingVariant("blue", 1.0, FakeContainer(ANSWER))]}, captures={"e": BOTH})
    payloads = FakePayloads()
    capture = DataCapture(payloads, Random(1), lambda: NOON)
    runtime = RealTime(
        endpoints, RecordedMetrics(), region="r", account_id="1", random=Random(1), aside=lambda job: job(),
        data_capture=capture,
    )  # fmt: skip

    runtime.invoke("e", {"Content-Type": "application/json"}, b"[1]")
    capture.flush()

    [uri] = payloads.written
    assert uri.startswith("s3://captured/prefix/e/blue/2026/11/28/12/")
