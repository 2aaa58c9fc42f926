"""SmokeTest, and the check of its payload before anything is paid for."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.deployment.plan import Plan
from slipway.smoke_test.errors import PayloadNotFound, PayloadTooLarge, SmokeTestFailed
from slipway.smoke_test.smoke_test import (
    MAX_PAYLOAD,
    MAX_SERVERLESS_PAYLOAD,
    MIB,
    check_payload,
    smoke_test,
)
from tests.fakes.runtime import FakeRuntime
from tests.fakes.storage import FakeStorage
from tests.unit.execution import plan_of

SAMPLE = {"PayloadUrl": "s3://samples/digits/with spaces.csv", "ContentType": "text/csv"}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}


@pytest.fixture
def storage() -> FakeStorage:
    return FakeStorage()


def plan(**fields: Any) -> Plan:
    return plan_of(SmokeTest=SAMPLE, **fields)


def put(storage: FakeStorage, content: bytes) -> None:
    storage.put("samples", "digits/with spaces.csv", content)


def test_the_endpoint_is_sent_the_payload_under_its_media_types(storage: FakeStorage) -> None:
    put(storage, b"0,5,13")
    runtime = FakeRuntime()

    answer = smoke_test(plan_of(SmokeTest={**SAMPLE, "Accept": "application/json"}), storage.payload, runtime)

    assert runtime.asked == [("digits", {"ContentType": "text/csv", "Accept": "application/json"}, b"0,5,13")]
    assert (answer["Status"], answer["Body"]) == (200, "0,5,13")


def test_a_payload_of_several_pieces_is_sent_whole(storage: FakeStorage) -> None:
    content = bytes(range(256)) * (MIB // 100)
    put(storage, content)
    runtime = FakeRuntime()
    runtime.error = SmokeTestFailed("It is no text.")

    with pytest.raises(SmokeTestFailed):
        smoke_test(plan(), storage.payload, runtime)

    assert runtime.asked == [("digits", {"ContentType": "text/csv"}, content)]


@pytest.mark.parametrize(
    ("fields", "limit"),
    [({}, MAX_PAYLOAD), (SERVERLESS, MAX_SERVERLESS_PAYLOAD)],
    ids=["instance", "serverless"],
)
def test_a_payload_may_be_as_large_as_the_endpoint_takes(
    storage: FakeStorage, fields: dict[str, Any], limit: int
) -> None:
    put(storage, b"0" * limit)
    assert check_payload(plan(**fields), storage.payload) == plan(**fields)

    put(storage, b"0" * (limit + 1))
    for step in (
        lambda: check_payload(plan(**fields), storage.payload),
        lambda: smoke_test(plan(**fields), storage.payload, FakeRuntime()),
    ):
        with pytest.raises(PayloadTooLarge, match=f"{limit + 1} bytes, but must have at most {limit}"):
            step()


def test_a_payload_that_is_not_there_is_refused(storage: FakeStorage) -> None:
    with pytest.raises(PayloadNotFound):
        check_payload(plan(), storage.payload)


def test_a_deployment_without_a_smoke_test_has_no_payload_to_check(storage: FakeStorage) -> None:
    assert check_payload(plan_of(), storage.payload) == plan_of()
    assert storage.opened == []


def test_no_payload_is_left_open(storage: FakeStorage) -> None:
    put(storage, b"0" * (MAX_PAYLOAD + 1))
    with pytest.raises(PayloadTooLarge):
        check_payload(plan(), storage.payload)
    put(storage, b"0")
    check_payload(plan(), storage.payload)
    smoke_test(plan(), storage.payload, FakeRuntime())

    assert len(storage.opened) == 3
    assert all(body.closed for body in storage.opened)
