"""The last look finds whatever the first could not see, or what has changed since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from slipway.aws.retry import OutOfTime
from slipway.cleanup.assess import Assessment, Verdict
from slipway.cleanup.recheck import MAX_AT_ONCE, Candidate, recheck
from slipway.errors import AccessDenied, ServiceThrottled
from tests.fakes.idle_account import NOW, OURS, FakeEndpoint
from tests.fakes.idle_deletion import FakeIdleStack
from tests.unit.cleanup.test_survey import JUST_NOW, SETTINGS, assessing

Race = Callable[[FakeIdleStack, FakeEndpoint], None]


def idle_ones(account: FakeIdleStack) -> list[Assessment]:
    return [assessment for assessment in assessing(account) if assessment.verdict is Verdict.IDLE]


def look(account: FakeIdleStack, seen: list[Assessment]) -> list[Candidate]:
    return recheck(account.run(SETTINGS), seen)


def test_an_endpoint_that_stays_idle_may_be_deleted() -> None:
    account = FakeIdleStack(FakeEndpoint("digits"))

    [looked] = look(account, idle_ones(account))

    assert looked.assessment.verdict is Verdict.IDLE
    assert looked.endpoint["EndpointConfigName"] == "digits-0f1e2d3c4b5a"
    assert looked.tags == OURS


def invoked(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.used = (NOW - timedelta(seconds=20),)


def updated(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.status = "Updating"


def updated_and_done(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.modified = NOW - timedelta(days=3)


def updated_just_now(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.modified = NOW


def protected(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.tags["slipway:protected"] = "true"


def given_away(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.tags["slipway:stack"] = "another"


def given_time(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.tags["slipway:idle-after-minutes"] = "43200"


def deleted(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    del account.endpoints_by_name[endpoint.name]


def a_variant_more(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.variants, endpoint.used_variant, endpoint.used = ("AllTraffic", "Shadow"), "Shadow", JUST_NOW


def components(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.components, endpoint.used_variant, endpoint.used = ("a", "b", "llama"), "llama", JUST_NOW


def asynchronous(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.is_asynchronous = endpoint.has_backlog = True


def silent(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    endpoint.reports = False


def undescribed(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    account.faults.fail("describe_endpoint", AccessDenied("No."))


def untagged(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    account.faults.fail("tags", AccessDenied("No."))


def unmeasured(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    account.faults.fail("measure", AccessDenied("No."))


def partly_measured(account: FakeIdleStack, endpoint: FakeEndpoint) -> None:
    account.status_code = "PartialData"


RACES: list[tuple[Race, Verdict]] = [
    (invoked, Verdict.ACTIVE),
    (updated, Verdict.UPDATING),
    (updated_and_done, Verdict.CHANGED),
    (updated_just_now, Verdict.TOO_YOUNG),
    (protected, Verdict.PROTECTED),
    (given_away, Verdict.OUT_OF_SCOPE),
    (given_time, Verdict.TOO_YOUNG),
    (deleted, Verdict.GONE),
    (a_variant_more, Verdict.ACTIVE),
    (components, Verdict.ACTIVE),
    (asynchronous, Verdict.ACTIVE),
    (silent, Verdict.METRICS_UNKNOWN),
    (undescribed, Verdict.METRICS_UNKNOWN),
    (untagged, Verdict.METRICS_UNKNOWN),
    (unmeasured, Verdict.METRICS_UNKNOWN),
    (partly_measured, Verdict.METRICS_UNKNOWN),
]


@pytest.mark.parametrize(("race", "verdict"), RACES, ids=[race.__name__ for race, _ in RACES])
def test_what_happens_between_the_looks_keeps_the_endpoint_and_no_other(race: Race, verdict: Verdict) -> None:
    # Given two endpoints that were assessed as idle
    racing, calm = FakeEndpoint("racing"), FakeEndpoint("calm")
    account = FakeIdleStack(racing, calm, page_size=100)
    seen = sorted(idle_ones(account), key=lambda assessment: assessment.name, reverse=True)
    assert [assessment.name for assessment in seen] == ["racing", "calm"]

    # When something happens to one of them before the last look
    race(account, racing)
    found = {looked.assessment.name: looked.assessment for looked in look(account, seen)}

    # Then
    assert found["racing"].verdict is verdict, found["racing"].reason
    hits_both = race in (unmeasured, partly_measured)
    assert (found["calm"].verdict is Verdict.IDLE) != hits_both


def test_a_throttled_look_is_taken_again() -> None:
    account = FakeIdleStack(FakeEndpoint("digits"))
    seen = idle_ones(account)
    for operation in ("describe_endpoint", "tags", "measure"):
        account.faults.fail(operation, ServiceThrottled("Rate exceeded"))

    [looked] = look(account, seen)

    assert looked.assessment.verdict is Verdict.IDLE


def test_a_look_takes_two_calls_and_shares_the_reading_of_metrics() -> None:
    account = FakeIdleStack(*(FakeEndpoint(f"endpoint-{index:02d}") for index in range(MAX_AT_ONCE)), page_size=100)
    seen = idle_ones(account)
    account.faults.calls.clear()

    look(account, seen)

    calls = {name: account.faults.calls.count(name) for name in set(account.faults.calls)}
    assert calls == {"describe_endpoint": MAX_AT_ONCE, "tags": MAX_AT_ONCE, "measure": 1}


def test_components_of_an_endpoint_are_listed_only_where_a_variant_has_no_model_of_its_own() -> None:
    account = FakeIdleStack(FakeEndpoint("plain"), FakeEndpoint("shared", components=("a", "b", "c")))

    found = look(account, idle_ones(account))

    assert account.faults.calls.count("components") == 2  # pages
    assert [one.snapshot.components for one in found if one.snapshot] == [(), ("a", "b", "c")]
    assert {one.assessment.verdict for one in found} == {Verdict.IDLE}


def test_a_look_for_which_there_is_no_time_is_not_begun() -> None:
    account = FakeIdleStack(FakeEndpoint("digits"))
    seen = idle_ones(account)

    with pytest.raises(OutOfTime):
        recheck(account.run(SETTINGS, lambda: 0.0), seen)
