"""Data capture: what is sampled is written to S3 in the form that AWS documents."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Self

import pytest
from tests.unit.slipway_local.runtime.doubles import FakeContainer, FakeEndpoints, RecordedMetrics

from slipway_local.ports import Answer, Capture, Invocation, ObjectDenied, ServingVariant
from slipway_local.runtime.capture import DataCapture
from slipway_local.runtime.provider import RealTime

BOTH = Capture("s3://captured/prefix/", 100, frozenset({"Input", "Output"}), json_types=frozenset({"application/json"}))
INVOCATION = Invocation(b"[1]", "application/json", custom_attributes="a=1", inference_id="id-1")
ANSWER = Answer(200, b"1,2", "text/csv; charset=utf-8")
NOON = datetime(2026, 11, 28, 12, 30, 15, tzinfo=UTC)


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
    DataCapture(payloads, Random(1), lambda: NOON).write(capture, "endpoint/AllTraffic", INVOCATION, ANSWER)
    return [(uri, json.loads(body)) for uri, body in payloads.written.items()]


def test_a_sample_has_the_documented_form() -> None:
    [(uri, record)] = captured(BOTH)

    event = record["eventMetadata"].pop("eventId")
    assert uri == f"s3://captured/prefix/endpoint/AllTraffic/2026/11/28/12/30-15-{event}.jsonl"
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

    assert 150 < len(payloads.written) < 250


def test_a_sample_that_may_not_be_written_fails_no_invocation(caplog: pytest.LogCaptureFixture) -> None:
    payloads = FakePayloads(is_denied=True)

    assert captured(replace(BOTH, role_arn="arn:role"), payloads) == []
    assert payloads.roles == ["arn:role"]
    assert "data capture could not write" in caplog.text


def test_an_invocation_is_captured_under_its_variant() -> None:
    endpoints = FakeEndpoints({"e": [ServingVariant("blue", 1.0, FakeContainer(ANSWER))]}, captures={"e": BOTH})
    payloads = FakePayloads()
    runtime = RealTime(
        endpoints, RecordedMetrics(), region="r", account_id="1", random=Random(1), aside=lambda job: job(),
        data_capture=DataCapture(payloads, Random(1), lambda: NOON),
    )  # fmt: skip

    runtime.invoke("e", {"Content-Type": "application/json"}, b"[1]")

    [uri] = payloads.written
    assert uri.startswith("s3://captured/prefix/e/blue/2026/11/28/12/")
