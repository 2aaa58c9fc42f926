"""Every endpoint in scope is assessed, on whatever page it is; a call that fails keeps endpoints and is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.aws.retry import MAX_ATTEMPTS, RESERVE
from slipway.cleanup import survey
from slipway.cleanup.assess import Assessment, Verdict
from slipway.cleanup.survey import AssessEndpoints
from slipway.errors import AccessDenied, AwsRefused, NotFound, ServiceThrottled, ServiceUnavailable, SlipwayError
from tests.fakes.idle_account import NOW, OURS, FakeEndpoint
from tests.fakes.idle_deletion import FakeIdleStack
from tests.fakes.services import SETTINGS as STACK

SETTINGS = replace(STACK, idle_after_minutes=120)
JUST_NOW = (NOW - timedelta(minutes=10),)


def assessing(
    account: FakeIdleStack, start_after: str = "", seconds_left: Callable[[], float] = lambda: 900.0
) -> AssessEndpoints:
    return AssessEndpoints(account.run(SETTINGS, seconds_left), start_after)


def verdicts(assessments: list[Assessment]) -> dict[str, Verdict]:
    return {assessment.name: assessment.verdict for assessment in assessments}


def numbered(count: int) -> list[FakeEndpoint]:
    return [FakeEndpoint(f"endpoint-{index:03d}") for index in range(count)]


def test_endpoints_on_every_page_are_assessed() -> None:
    # Given more endpoints than a page holds, every third of which is used
    endpoints = numbered(25)
    for endpoint in endpoints[::3]:
        endpoint.used = JUST_NOW
    assessed = assessing(FakeIdleStack(*endpoints, page_size=4))

    # When
    found = verdicts(list(assessed))

    # Then
    assert found == {one.name: Verdict.ACTIVE if one.used else Verdict.IDLE for one in endpoints}
    assert (assessed.stopped, assessed.position) == ("", "")


def test_every_kind_gets_its_verdict() -> None:
    account = FakeIdleStack(
        FakeEndpoint("idle"),
        FakeEndpoint("used", used=JUST_NOW),
        FakeEndpoint("Second-Variant", variants=("Blue", "Green"), used=JUST_NOW, used_variant="Green"),
        FakeEndpoint("new", modified=NOW - timedelta(minutes=3)),
        FakeEndpoint("waking", status="Creating"),
        FakeEndpoint("foreign", tags={}),
        FakeEndpoint("protected", tags={**OURS, "slipway:protected": "true", "other": "tag"}),
        FakeEndpoint("asynchronous", is_asynchronous=True),
        FakeEndpoint("processed", is_asynchronous=True, used=JUST_NOW),
        FakeEndpoint("backlog", is_asynchronous=True, has_backlog=True),
        FakeEndpoint("serverless", is_serverless=True),
        FakeEndpoint("silent", reports=False),
        FakeEndpoint("patient", tags={**OURS, "slipway:idle-after-minutes": "40000"}),
    )

    assert verdicts(list(assessing(account))) == {
        "idle": Verdict.IDLE,
        "used": Verdict.ACTIVE,
        "Second-Variant": Verdict.ACTIVE,
        "new": Verdict.TOO_YOUNG,
        "waking": Verdict.WAKING,
        "protected": Verdict.PROTECTED,
        "asynchronous": Verdict.IDLE,
        "processed": Verdict.ACTIVE,
        "backlog": Verdict.ACTIVE,
        "serverless": Verdict.SERVERLESS,
        "silent": Verdict.METRICS_UNKNOWN,
        "patient": Verdict.TOO_YOUNG,
    }


def test_only_what_did_not_report_is_described() -> None:
    account = FakeIdleStack(*numbered(10), FakeEndpoint("serverless", is_serverless=True))

    list(assessing(account))

    assert account.faults.calls.count("describe_endpoint") == 1


def test_closer_looks_are_few() -> None:
    silent = [FakeEndpoint(f"silent-{index}", is_serverless=True) for index in range(40)]
    account = FakeIdleStack(*silent, page_size=100)

    found = list(verdicts(list(assessing(account))).values())

    assert account.faults.calls.count("describe_endpoint") == survey.MAX_DESCRIBED
    assert found.count(Verdict.SERVERLESS) == survey.MAX_DESCRIBED
    assert found.count(Verdict.METRICS_UNKNOWN) == 40 - survey.MAX_DESCRIBED


@pytest.mark.parametrize(
    ("error", "verdict"), [(NotFound("Gone."), Verdict.DELETING), (AccessDenied("No."), Verdict.METRICS_UNKNOWN)]
)
def test_a_closer_look_that_fails_keeps_the_endpoint(error: SlipwayError, verdict: Verdict) -> None:
    account = FakeIdleStack(FakeEndpoint("serverless", is_serverless=True))
    account.faults.fail("describe_endpoint", error)

    assert verdicts(list(assessing(account))) == {"serverless": verdict}


@pytest.mark.parametrize("operation", ["endpoints", "tagged", "reporting", "with_backlog", "measure"])
@pytest.mark.parametrize("error", [ServiceThrottled("Rate exceeded"), ServiceUnavailable("500")])
def test_what_passes_loses_nothing(operation: str, error: SlipwayError) -> None:
    account = FakeIdleStack(*numbered(9))
    for _ in range(MAX_ATTEMPTS - 1):
        account.faults.fail(operation, error)
    assessed = assessing(account)

    assert set(verdicts(list(assessed)).values()) == {Verdict.IDLE}
    assert assessed.stopped == ""


@pytest.mark.parametrize("error", [AccessDenied("No."), AwsRefused("Refused.")])
def test_metrics_that_may_not_be_read_keep_endpoints_and_the_next_run_finds_them(error: SlipwayError) -> None:
    account = FakeIdleStack(*numbered(3))
    account.faults.fail("measure", error)

    first, second = list(assessing(account)), list(assessing(account))

    assert {(one.verdict, str(error) in one.reason) for one in first} == {(Verdict.METRICS_UNKNOWN, True)}
    assert set(verdicts(second).values()) == {Verdict.IDLE}


@pytest.mark.parametrize("unanswered", ["Invocations", "CPUUtilization"])
def test_metrics_that_are_not_answered_for_are_unknown(unanswered: str) -> None:
    account = FakeIdleStack(FakeEndpoint("digits"))
    account.unanswered = {unanswered}

    [assessment] = assessing(account)

    assert assessment.verdict is Verdict.METRICS_UNKNOWN
    assert assessment.reason == f"{unanswered} of AllTraffic is incomplete: CloudWatch did not answer for it"


@pytest.mark.parametrize("operation", ["endpoints", "tagged", "reporting", "with_backlog"])
def test_a_listing_that_fails_stops_the_run_and_says_so(operation: str) -> None:
    account = FakeIdleStack(*numbered(5))
    account.faults.fail(operation, AccessDenied("User is not authorized."))
    assessed = assessing(account)

    assert list(assessed) == []
    assert assessed.stopped == "A listing failed: User is not authorized."
    assert len(list(assessing(account))) == 5


def test_a_run_that_stops_is_gone_on_with_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given chunks of two, and time for the first two of them
    monkeypatch.setattr(survey, "CHUNK", 2)
    account = FakeIdleStack(*numbered(7))

    def until_two_are_measured() -> float:
        return RESERVE if account.faults.calls.count("measure") >= 2 else 900.0

    # When
    first = assessing(account, seconds_left=until_two_are_measured)
    seen = verdicts(list(first))
    second = assessing(account, start_after=first.position)
    order = list(verdicts(list(second)))

    # Then
    assert list(seen) == ["endpoint-000", "endpoint-001", "endpoint-002", "endpoint-003"]
    assert (first.position, first.stopped) == ("endpoint-003", "The time was nearly over.")
    assert order == [f"endpoint-{index:03d}" for index in (4, 5, 6, 0, 1, 2, 3)]
    assert second.position == ""


def test_a_run_without_any_time_keeps_the_position() -> None:
    assessed = assessing(FakeIdleStack(*numbered(3)), "endpoint-001", lambda: RESERVE)

    assert list(assessed) == []
    assert (assessed.position, assessed.stopped) == ("endpoint-001", "The time was nearly over.")


def test_the_endpoint_where_a_run_stopped_may_be_gone() -> None:
    account = FakeIdleStack(*numbered(3))

    order = list(verdicts(list(assessing(account, "endpoint-000a"))))

    assert order == ["endpoint-001", "endpoint-002", "endpoint-000"]


def test_calls_grow_with_pages() -> None:
    account = FakeIdleStack(*numbered(1200), page_size=100)

    list(assessing(account))

    calls = {name: account.faults.calls.count(name) for name in set(account.faults.calls)}
    assert calls == {"endpoints": 12, "tagged": 12, "reporting": 12, "with_backlog": 1, "measure": 5}
