"""SmokeTest: send the user's samples to an endpoint, and compare its answers with what is expected of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from math import ceil
from statistics import median
from typing import NotRequired, TypedDict, cast

from slipway.aws.s3 import Body
from slipway.deployment.parts import variant_names
from slipway.deployment.plan import Plan, Sample
from slipway.smoke_test.errors import PayloadTooLarge
from slipway.smoke_test.expectations import check_expectation, difference

MIB = 1024**2
MAX_PAYLOAD = 6 * MIB  # bytes; BodyBlob of SageMaker Runtime's service model
# SageMaker developer guide, "Invoke a serverless endpoint": request and response have 4 MB at most.
MAX_SERVERLESS_PAYLOAD = 4 * MIB
TIMED = 20  # invocations that MaxLatencyMs is measured with: the fewest that have a 95th percentile
SECONDS = 540  # of all samples together; the last invocation may take another 65
HEADERS = ("ContentType", "Accept", "TargetContainerHostname", "TargetModel")
SHOWN_BODY, SHOWN_DIFFERENCE = 1024, 400  # characters


@dataclass(frozen=True)
class Payload:
    """An object in S3 that is sent as it is; its size in bytes."""

    size: int
    body: Body


@dataclass(frozen=True)
class Answer:
    """What InvokeEndpoint answered: HTTP's status, 0 where there was none, and how long it took.

    `trouble` is a clause for what is no answer of the model, as "answered with 500: no such column".
    """

    status: int
    milliseconds: float
    content_type: str = ""
    body: bytes = b""
    trouble: str = ""


class Latency(TypedDict):
    """Milliseconds of several invocations, as their caller sees them."""

    Count: int
    Median: int
    P95: int


class SampleResult(TypedDict):
    """One line of the table: what a sample was answered, and whether that is Passed or Failed.

    `Difference` is empty for what passed. `Body` is the beginning of the answer, as text.
    """

    Sample: str
    Status: int
    LatencyMilliseconds: int
    Verdict: str
    Difference: str
    ContentType: str
    Body: str
    Latency: NotRequired[Latency]


class SmokeTest(TypedDict):
    """`Verdict` is Passed if all samples did, or else Failed, and `Message` says then which failed, and how."""

    Verdict: str
    Message: str
    Samples: list[SampleResult]


# Opens the payload of a bucket and key. Raises `PayloadNotFound` or `PayloadAccessDenied`.
OpenPayload = Callable[[str, str], Payload]
# Invokes an endpoint by name; the headers are members of the operation. Raises `AccessDenied`, `ModelNotReady`, what
# any call may, and `NotVisibleYet` for an endpoint that the runtime does not know yet.
InvokeEndpoint = Callable[[str, Mapping[str, str], bytes], Answer]


def check_samples(plan: Plan, open_payload: OpenPayload) -> Plan:
    """Return the plan, if its samples can be sent and their expectations compared; nothing has been paid for by then.

    Raises `FieldInvalid`, `PayloadNotFound`, `PayloadAccessDenied` or `PayloadTooLarge`.
    """
    for sample in _samples(plan):
        check_expectation(f"Expect of the sample {sample['Name']}", sample.get("Expect", {}))
        _open(sample, plan, open_payload).close()
    return plan


def smoke_test(
    plan: Plan,
    endpoint_name: str,
    open_payload: OpenPayload,
    invoke_endpoint: InvokeEndpoint,
    seconds: Callable[[], float],
) -> SmokeTest:
    """Return how an endpoint, or its candidate, answered the samples. Raises what both calls raise.

    `seconds` is a monotonic clock.
    """
    results = list(_results(plan, endpoint_name, open_payload, invoke_endpoint, seconds))
    failed = [result for result in results if result["Verdict"] == "Failed"]
    if not failed:
        return SmokeTest(Verdict="Passed", Message="", Samples=results)
    first = f"{failed[0]['Sample']}: {failed[0]['Difference']}"
    message = f"The endpoint {endpoint_name} failed {len(failed)} of {len(results)} samples of its smoke test; {first}"
    return SmokeTest(Verdict="Failed", Message=message, Samples=results)


def _results(
    plan: Plan,
    endpoint_name: str,
    open_payload: OpenPayload,
    invoke_endpoint: InvokeEndpoint,
    seconds: Callable[[], float],
) -> Iterator[SampleResult]:
    end = seconds() + SECONDS
    names = variant_names(plan)
    targets = names if len(names) > 1 else [""]  # of several variants each is invoked
    for sample, target in product(_samples(plan), targets):
        if seconds() > end:
            yield _result(sample, Answer(0, 0), f"not sent, because those before it took more than {SECONDS} seconds")
            continue
        with closing(_open(sample, plan, open_payload)) as body:
            payload = _all_of(body)
        headers = {name: str(sample[name]) for name in HEADERS if name in sample}
        if target:
            headers["TargetVariant"] = target

        def invoke(headers: Mapping[str, str] = headers, payload: bytes = payload) -> Answer:
            return invoke_endpoint(endpoint_name, headers, payload)

        named = {**sample, "Name": f"{sample['Name']} of {target}"} if target else sample
        yield _tested(cast("Sample", named), invoke, lambda: seconds() < end)


def _tested(sample: Sample, invoke: Callable[[], Answer], has_time: Callable[[], bool]) -> SampleResult:
    answer = invoke()
    unlike = answer.trouble or (difference(sample["Expect"], answer.body) if "Expect" in sample else "")
    result = _result(sample, answer, unlike)
    if unlike or "MaxLatencyMs" not in sample:
        return result
    # The first answer is not timed: many models load on their first invocation.
    timed: list[float] = []
    while len(timed) < TIMED and (has_time() or not timed):
        again = invoke()
        if again.trouble:
            return _result(sample, again, f"invocation {len(timed) + 2}: {again.trouble}")
        timed.append(again.milliseconds)
    latency = _latency(timed)
    return {**_result(sample, answer, _too_slow(sample["MaxLatencyMs"], latency)), "Latency": latency}


def _latency(milliseconds: list[float]) -> Latency:
    ordered = sorted(milliseconds)
    # The nearest rank: the smallest of them that 95 of 100 do not exceed.
    p95 = ordered[ceil(0.95 * len(ordered)) - 1]
    return Latency(Count=len(ordered), Median=round(median(ordered)), P95=round(p95))


def _too_slow(most: Mapping[str, int], latency: Latency) -> str:
    found = {"Median": latency["Median"], "P95": latency["P95"]}
    over = [name for name in found if found[name] > most.get(name, found[name])]
    return "; ".join(f"{name} is {found[name]} ms, but must be at most {most[name]}" for name in over)


def _result(sample: Sample, answer: Answer, unlike: str) -> SampleResult:
    return SampleResult(
        Sample=sample["Name"],
        Status=answer.status,
        LatencyMilliseconds=round(answer.milliseconds),
        Verdict="Failed" if unlike else "Passed",
        Difference=unlike[:SHOWN_DIFFERENCE],
        ContentType=answer.content_type,
        Body=answer.body[:SHOWN_BODY].decode(errors="replace"),
    )


def _samples(plan: Plan) -> list[Sample]:
    return plan["SmokeTest"]["Samples"] if "SmokeTest" in plan else []


def _open(sample: Sample, plan: Plan, open_payload: OpenPayload) -> Body:
    bucket, key = sample["Bucket"], sample["Key"]
    payload = open_payload(bucket, key)
    limit = MAX_SERVERLESS_PAYLOAD if "ServerlessConfig" in plan.get("Variant", {}) else MAX_PAYLOAD
    if payload.size > limit:
        payload.body.close()
        raise PayloadTooLarge(
            f"SmokeTest.PayloadUrl is s3://{bucket}/{key} of {payload.size} bytes, but must have at most {limit}, the "
            "most that the endpoint takes; write the address of a smaller sample."
        )
    return payload.body


def _all_of(body: Body) -> bytes:
    pieces = []
    while piece := body.read(MIB):
        pieces.append(piece)
    return b"".join(pieces)
