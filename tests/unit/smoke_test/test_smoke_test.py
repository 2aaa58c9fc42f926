"""SmokeTest, and the check of its samples before anything is paid for."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from slipway.deployment.plan import Plan
from slipway.errors import FieldInvalid
from slipway.smoke_test.errors import PayloadNotFound, PayloadTooLarge
from slipway.smoke_test.smoke_test import (
    MAX_PAYLOAD,
    MAX_SERVERLESS_PAYLOAD,
    MIB,
    SECONDS,
    TIMED,
    SmokeTest,
    check_samples,
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


def plan(test: dict[str, Any] | None = None, **fields: Any) -> Plan:
    return plan_of(SmokeTest=test or SAMPLE, **fields)


def put(storage: FakeStorage, content: bytes) -> None:
    storage.put("samples", "digits/with spaces.csv", content)


def run(storage: FakeStorage, runtime: FakeRuntime, plan: Plan, tick: float = 0.0) -> SmokeTest:
    """Run the smoke test on a clock that goes on by `tick` seconds each time it is read."""
    ticks = count()
    return smoke_test(plan, "digits-candidate", storage.payload, runtime, lambda: next(ticks) * tick)


def test_the_endpoint_is_sent_the_payload_under_its_media_types(storage: FakeStorage) -> None:
    put(storage, b"0,5,13")
    runtime = FakeRuntime()

    found = run(storage, runtime, plan({**SAMPLE, "Accept": "application/json"}))

    assert runtime.asked == [("digits-candidate", {"ContentType": "text/csv", "Accept": "application/json"}, b"0,5,13")]
    assert found == {
        "Verdict": "Passed",
        "Message": "",
        "Samples": [
            {
                "Sample": "with spaces.csv",
                "Status": 200,
                "LatencyMilliseconds": 12,
                "Verdict": "Passed",
                "Difference": "",
                "ContentType": "application/json",
                "Body": "0,5,13",
            }
        ],
    }


def test_a_payload_of_several_pieces_is_sent_whole(storage: FakeStorage) -> None:
    content = bytes(range(256)) * (MIB // 100)
    put(storage, content)
    runtime = FakeRuntime()

    run(storage, runtime, plan())

    assert runtime.asked == [("digits-candidate", {"ContentType": "text/csv"}, content)]


def test_every_sample_has_a_line_and_one_that_fails_fails_the_test(storage: FakeStorage) -> None:
    put(storage, b"[7, 0.5]")
    samples = [
        {**SAMPLE, "Name": "any"},
        {**SAMPLE, "Name": "equal", "Expect": {"Json": [7, 0.6], "Tolerance": 1e-6}},
        {**SAMPLE, "Name": "text", "Expect": {"Regex": "0.5"}},
    ]

    found = run(storage, FakeRuntime(), plan({"Samples": samples}))

    verdicts = {line["Sample"]: (line["Verdict"], line["Difference"]) for line in found["Samples"]}
    unlike = "$[1] is 0.5, but must be 0.6"
    assert verdicts == {"any": ("Passed", ""), "equal": ("Failed", unlike), "text": ("Passed", "")}
    assert found["Verdict"] == "Failed"
    assert found["Message"] == f"The endpoint digits-candidate failed 1 of 3 samples of its smoke test; equal: {unlike}"


def test_what_is_no_answer_fails_the_sample_whatever_is_expected(storage: FakeStorage) -> None:
    put(storage, b"7")

    found = run(storage, FakeRuntime(trouble="answered with 500: no"), plan({**SAMPLE, "Expect": {"Regex": "7"}}))

    (line,) = found["Samples"]
    assert (line["Status"], line["Verdict"], line["Difference"]) == (500, "Failed", "answered with 500: no")


# The nearest rank of 20: the 19th of them. The first answer of a model may be slow, and is not counted.
@pytest.mark.parametrize(
    ("times", "most", "unlike"),
    [
        ([10] * 20, {"Median": 10, "P95": 10}, ""),
        ([10] * 19 + [900], {"P95": 10}, ""),
        ([10] * 18 + [900] * 2, {"P95": 899}, "P95 is 900 ms, but must be at most 899"),
        ([10] * 18 + [900] * 2, {"Median": 10}, ""),
        ([10] * 9 + [30] * 11, {"Median": 29, "P95": 29}, "Median is 30 ms, but must be at most 29; P95 is 30 ms, but"),
    ],
)
def test_latency_is_measured_with_invocations_after_the_first(
    storage: FakeStorage, times: list[float], most: dict[str, int], unlike: str
) -> None:
    put(storage, b"7")
    runtime = FakeRuntime(5000, *times)

    (line,) = run(storage, runtime, plan({**SAMPLE, "MaxLatencyMs": most}))["Samples"]

    assert len(runtime.asked) == TIMED + 1
    assert line["Latency"]["Count"] == TIMED
    assert line["Difference"].startswith(unlike)
    assert line["Verdict"] == ("Failed" if unlike else "Passed")


def test_samples_that_there_is_no_time_for_fail(storage: FakeStorage) -> None:
    put(storage, b"7")
    samples = [{**SAMPLE, "Name": name, "MaxLatencyMs": {"P95": 60_000}} for name in ("first", "second")]
    runtime = FakeRuntime()

    first, second = run(storage, runtime, plan({"Samples": samples}), tick=SECONDS / 5)["Samples"]

    assert (first["Verdict"], first["Latency"]["Count"] < TIMED) == ("Passed", True)
    assert (second["Verdict"], second["Difference"][:8]) == ("Failed", "not sent")
    assert len(runtime.asked) == 1 + first["Latency"]["Count"]


def test_an_expectation_that_cannot_be_compared_is_refused_before_anything_is_made(storage: FakeStorage) -> None:
    put(storage, b"7")
    with pytest.raises(FieldInvalid, match="Expect of the sample with spaces"):
        check_samples(plan({**SAMPLE, "Expect": {"Regex": "("}}), storage.payload)


@pytest.mark.parametrize(
    ("fields", "limit"),
    [({}, MAX_PAYLOAD), (SERVERLESS, MAX_SERVERLESS_PAYLOAD)],
    ids=["instance", "serverless"],
)
def test_a_payload_may_be_as_large_as_the_endpoint_takes(
    storage: FakeStorage, fields: dict[str, Any], limit: int
) -> None:
    put(storage, b"0" * limit)
    assert check_samples(plan(**fields), storage.payload) == plan(**fields)

    put(storage, b"0" * (limit + 1))
    for step in (
        lambda: check_samples(plan(**fields), storage.payload),
        lambda: run(storage, FakeRuntime(), plan(**fields)),
    ):
        with pytest.raises(PayloadTooLarge, match=f"{limit + 1} bytes, but must have at most {limit}"):
            step()


def test_a_payload_that_is_not_there_is_refused(storage: FakeStorage) -> None:
    with pytest.raises(PayloadNotFound):
        check_samples(plan(), storage.payload)


def test_a_deployment_without_a_smoke_test_has_no_payload_to_check(storage: FakeStorage) -> None:
    assert check_samples(plan_of(), storage.payload) == plan_of()
    assert storage.opened == []


def test_no_payload_is_left_open(storage: FakeStorage) -> None:
    put(storage, b"0" * (MAX_PAYLOAD + 1))
    with pytest.raises(PayloadTooLarge):
        check_samples(plan(), storage.payload)
    put(storage, b"0")
    check_samples(plan(), storage.payload)
    run(storage, FakeRuntime(), plan())

    assert len(storage.opened) == 3
    assert all(body.closed for body in storage.opened)
