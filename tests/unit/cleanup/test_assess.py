"""Which endpoints are idle: a table of them, the verdict and its reason beside each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from slipway.cleanup.assess import Verdict, assess, needs_metrics
from slipway.cleanup.metrics import SURVEY_WINDOWS, controls
from slipway.cleanup.recheck import unless_changed
from slipway.cleanup.snapshot import EndpointSnapshot, Measured, Series, Variant
from slipway.deployment.endpoint_status import STATUSES
from tests.unit.cleanup.idle_endpoints import (
    NOW,
    POLICY,
    Change,
    incomplete,
    measured,
    minutes,
    reported,
    unread,
    used,
    with_series,
)
from tests.unit.cleanup.idle_endpoints import idle_endpoint as endpoint

V = Verdict  # in a table of one line each
AFTER = "slipway:idle-after-minutes"
PROTECTED = "slipway:protected"
EXECUTION = "slipway:execution"
BLUE, GREEN, SHADOW = Variant("Blue", 1), Variant("Green", 1), Variant("Shadow", 1)
NONE_NOW, SERVERLESS = Variant("AllTraffic", 0), Variant("AllTraffic", serverless=True)
UNKNOWN = V.METRICS_UNKNOWN
SINCE_READ = "no use of AllTraffic since 2026-11-22 19:00 UTC or earlier"


def asynchronous(*variants: Variant) -> EndpointSnapshot:
    return endpoint(*variants, asynchronous=True)


def long(window: int) -> EndpointSnapshot:
    return endpoint(tags={AFTER: str(window)}, modified=90 * 1440)


def unmeasured(**fields: object) -> EndpointSnapshot:
    return replace(endpoint(), measured=None, **fields)  # type: ignore[arg-type]


CASES: list[tuple[str, EndpointSnapshot, list[Change], V, str]] = [
    ("a candidate", endpoint(tags={"slipway:candidate-of": "digits"}), [], V.CANDIDATE, "a deployment tests"),
    # Use.
    ("unused", endpoint(), [], V.IDLE, SINCE_READ),
    ("used now", endpoint(), [used(0)], V.ACTIVE, "Invocations of AllTraffic, last at 2026-11-22 22:00"),
    ("used in its window", endpoint(), [used(119)], V.ACTIVE, "last at 2026-11-22 20:02 UTC"),
    ("used as its window began", endpoint(), [used(120)], V.ACTIVE, "last at 2026-11-22 20:01 UTC"),
    ("used before its window, which ends with the reports", endpoint(), [used(122)], V.ACTIVE, "19:59 UTC"),
    ("used before its window", endpoint(), [used(127)], V.IDLE, "since 2026-11-22 19:54 UTC"),
    ("used before, and said so", endpoint(), [used(150)], V.IDLE, "since 2026-11-22 19:31"),
    # Variants.
    ("neither variant used", endpoint(BLUE, GREEN), [], V.IDLE, "no use of Blue and Green since"),
    ("the second variant used", endpoint(BLUE, GREEN), [used(9, by="Green")], V.ACTIVE, "Invocations of Green"),
    ("the shadow used", endpoint(BLUE, SHADOW), [used(9, by="Shadow")], V.ACTIVE, "Invocations of Shadow"),
    ("the second variant silent", endpoint(BLUE, GREEN), [reported(by="Green")], UNKNOWN, "CPUUtilization of Green"),
    ("one of two at no instances", endpoint(BLUE, Variant("Green", 0)), [], V.IDLE, "Blue and Green"),
    ("used, now none", endpoint(BLUE, Variant("Green", 0)), [used(30, by="Green")], V.ACTIVE, "Invocations of Green"),
    ("instances not counted", endpoint(Variant("AllTraffic")), [], V.IDLE, SINCE_READ),
    ("no instances", endpoint(NONE_NOW), [], V.NO_INSTANCES, "scaled to no instances"),
    ("no variants known", unmeasured(variants=()), [], UNKNOWN, "the last three hours"),
    # Kinds.
    ("serverless", endpoint(SERVERLESS), [], V.SERVERLESS, "serverless costs nothing"),
    ("serverless and none", endpoint(Variant("A", 0), Variant("B", serverless=True)), [], UNKNOWN, "no instances"),
    ("asynchronous", asynchronous(), [], V.IDLE, SINCE_READ),
    ("a backlog", asynchronous(), [used(5, "ApproximateBacklogSize")], V.ACTIVE, "BacklogSize of digits"),
    ("processed", asynchronous(), [used(60, "InvocationsProcessed")], V.ACTIVE, "InvocationsProcessed of"),
    ("asynchronous, as once spelt", asynchronous(), [used(60, "InvocationsProcesssed")], V.ACTIVE, "Processsed of"),
    ("asynchronous, failed", asynchronous(), [used(60, "InvocationFailures")], V.ACTIVE, "InvocationFailures of"),
    ("asynchronous, before", asynchronous(), [used(170, "InvocationsProcessed")], V.IDLE, "since 2026-11-22 19:11"),
    ("a backlog unread", asynchronous(), [unread("ApproximateBacklogSize")], UNKNOWN, "of digits was not read"),
    ("asynchronous at no instances", asynchronous(NONE_NOW), [], V.NO_INSTANCES, "scaled to no instances"),
    ("a component used", endpoint(components=("llama",)), [used(20, by="llama")], V.ACTIVE, "Invocations of llama"),
    ("no component used", endpoint(components=("llama", "bert")), [], V.IDLE, SINCE_READ),
    # Metrics.
    ("not read", unmeasured(), [], UNKNOWN, "its metrics were not read"),
    ("a call failed", endpoint(trouble="Rate exceeded"), [], UNKNOWN, "Rate exceeded"),
    ("used, though a call failed", endpoint(trouble="Rate exceeded"), [used(3)], V.ACTIVE, "Invocations of"),
    ("partial", endpoint(), [incomplete("Invocations")], UNKNOWN, "of AllTraffic is incomplete: PartialData"),
    ("forbidden", endpoint(), [incomplete("CPUUtilization", "Forbidden")], UNKNOWN, "incomplete: Forbidden"),
    ("partial, and used", endpoint(), [incomplete("Invocations"), used(10)], V.ACTIVE, "Invocations of"),
    ("partial, and used long ago", endpoint(), [incomplete("Invocations"), used(150)], UNKNOWN, "PartialData"),
    ("invocations unread", endpoint(), [unread("Invocations")], UNKNOWN, "Invocations of AllTraffic was not read"),
    ("the control unread", endpoint(), [unread("CPUUtilization")], UNKNOWN, "was not read"),
    ("instances do not report", endpoint(), [reported()], UNKNOWN, "its instances do not report"),
    ("reported before its window", endpoint(), [reported((170, 130))], UNKNOWN, "in its window"),
    ("stopped reporting", endpoint(), [reported((180, 20))], UNKNOWN, "has gaps"),
    ("began to report late", endpoint(), [reported((100, 0))], UNKNOWN, "has gaps"),
    ("a gap of an hour", endpoint(), [reported((180, 90), (30, 0))], UNKNOWN, "has gaps"),
    ("a gap of ten minutes", endpoint(), [reported((180, 90), (80, 0))], V.IDLE, SINCE_READ),
    ("silent for as long as it may be", endpoint(), [reported((180, 14))], V.IDLE, SINCE_READ),
    ("silent for longer", endpoint(), [reported((180, 15))], UNKNOWN, "has gaps"),
    ("a day, the last 2 h 59 silent", long(1440), [reported((9_000, 179))], UNKNOWN, "has gaps"),
    ("a day, the last 44 minutes silent", long(1440), [reported((9_000, 44))], UNKNOWN, "has gaps"),
    ("a week, the last 2 h 59 silent", long(10_080), [reported((99_000, 179))], UNKNOWN, "has gaps"),
    ("30 days, the last 11 h 59 silent", long(43_200), [reported((99_000, 719))], UNKNOWN, "has gaps"),
    ("30 days, 20 minutes silent in between", long(43_200), [reported((99_000, 9_000), (8_980, 0))], UNKNOWN, "gaps"),
    # Age.
    ("changed in its window", endpoint(modified=119), [], V.TOO_YOUNG, "20:01 UTC, within its window of 120 minutes"),
    ("changed before it", endpoint(modified=126), [], V.IDLE, "since 2026-11-22 19:54 UTC"),
    ("created in its window", endpoint(created=minutes(5), modified=5), [], V.TOO_YOUNG, "created at 2026-11-22 21:55"),
    ("created in the future", endpoint(created=minutes(-5)), [], V.TOO_YOUNG, "created at"),
    ("changed after its last use", endpoint(modified=130), [used(160)], V.IDLE, "since 2026-11-22 19:50 UTC"),
    # Tags.
    ("of no execution of this stack", endpoint(tags={EXECUTION: "arn:aws:states:::execution:other:x"}), [],
     V.OUT_OF_SCOPE, "its tag slipway:execution does not name an execution of this stack"),
    ("of another stack", endpoint(tags={"slipway:stack": "other"}), [], V.OUT_OF_SCOPE, "slipway:stack=slipway"),
    ("protected", endpoint(tags={PROTECTED: "true"}), [], V.PROTECTED, "slipway:protected"),
    ("protected, in capitals", endpoint(tags={PROTECTED: "TRUE"}), [], V.PROTECTED, "slipway:protected"),
    ("protected without a value", endpoint(tags={PROTECTED: ""}), [], V.PROTECTED, "slipway:protected"),
    ("not protected", endpoint(tags={PROTECTED: "false"}), [], V.IDLE, SINCE_READ),
    ("protected somehow", endpoint(tags={PROTECTED: "yes please"}), [], V.TAG_INVALID, "must be true or false"),
    ("a window of its own, longer", endpoint(tags={AFTER: "170"}), [used(150)], V.ACTIVE, "19:35"),
    ("a window of its own, shorter", endpoint(tags={AFTER: "60"}), [used(67)], V.IDLE, "since 2026-11-22 20:54"),
    ("used in ten days", endpoint(tags={AFTER: "14400"}, modified=43_000), [used(14_000)], V.ACTIVE, "Invocations"),
    ("unused for ten days", endpoint(tags={AFTER: "14400"}, modified=43_000), [], V.IDLE, "since 2026-10-24 01:20"),
    ("a window in words", endpoint(tags={AFTER: "two hours"}), [], V.TAG_INVALID, "is 'two hours', but"),
    ("a window of nothing", endpoint(tags={AFTER: ""}), [], V.TAG_INVALID, "is ''"),
    ("a window that metrics cannot prove", endpoint(tags={AFTER: "15"}), [], V.TAG_INVALID, "must be 20 to 43200"),
    ("a window of none", endpoint(tags={AFTER: "0"}), [], V.TAG_INVALID, "must be 20 to 43200"),
    ("a negative window", endpoint(tags={AFTER: "-60"}), [], V.TAG_INVALID, "must be 20 to 43200"),
    ("a window too long", endpoint(tags={AFTER: "43201"}), [], V.TAG_INVALID, "must be 20 to 43200"),
    ("a window that is a fraction", endpoint(tags={AFTER: "1.5"}), [], V.TAG_INVALID, "must be 20 to 43200"),
    # Statuses.
    ("creating", endpoint(status="Creating"), [], V.WAKING, "Creating"),
    ("updating", endpoint(status="Updating"), [], V.UPDATING, "Updating"),
    ("maintained", endpoint(status="SystemUpdating"), [], V.UPDATING, "SystemUpdating"),
    ("rolling back", endpoint(status="RollingBack"), [], V.UPDATING, "RollingBack"),
    ("about to be updated", endpoint(pending=True), [], V.UPDATING, "an update is about to begin"),
    ("deleting", endpoint(status="Deleting"), [], V.DELETING, "Deleting"),
    ("failed", endpoint(status="Failed"), [], V.FAILED, "Failed"),
    ("out of service", endpoint(status="OutOfService"), [], V.NOT_IN_SERVICE, "OutOfService"),
    ("a mix of configurations", endpoint(status="UpdateRollbackFailed"), [], V.NOT_IN_SERVICE, "UpdateRollbackFailed"),
    ("a status of the future", endpoint(status="Hibernating"), [], V.NOT_IN_SERVICE, "Hibernating"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "facts", "changes", "verdict", "reason"), CASES, ids=[case[0] for case in CASES])
def test_the_verdict_and_its_reason(
    name: str, facts: EndpointSnapshot, changes: list[Change], verdict: V, reason: str
) -> None:
    # Given an endpoint that is idle but for what is said of it
    for change in changes:
        facts = change(facts)

    # When it is assessed
    assessment = assess(facts, NOW, POLICY)

    # Then
    assert (assessment.verdict, reason in assessment.reason) == (verdict, True), assessment
    assert (assessment.idle_since is not None) == (verdict in (V.IDLE, V.ACTIVE))


def test_no_case_is_there_twice() -> None:
    assert len({case[0] for case in CASES}) == len(CASES) >= 40


def test_every_verdict_has_a_case() -> None:
    of_the_last_look = {V.CHANGED, V.GONE}
    assert {case[3] for case in CASES} == set(V) - of_the_last_look


@pytest.mark.parametrize(("window", "silent"), [(1440, 179), (1440, 79), (10_080, 179), (43_200, 719)])
def test_a_survey_in_hours_takes_a_silence_of_an_hour_for_a_doubt(window: int, silent: int) -> None:
    facts = long(window)
    facts = reported((99_000, silent))(replace(facts, measured=measured(facts, SURVEY_WINDOWS)))

    assert assess(facts, NOW, POLICY).verdict is Verdict.METRICS_UNKNOWN


@pytest.mark.parametrize(("reports", "verdict"), [(8.0, V.METRICS_UNKNOWN), (9.0, V.IDLE)])
def test_a_survey_in_hours_counts_how_often_instances_reported(reports: float, verdict: Verdict) -> None:
    # Given an hour in the middle with fewer reports than one in five minutes
    facts = replace(long(1440), measured=measured(long(1440), SURVEY_WINDOWS))
    assert facts.measured
    [control] = controls(facts)
    found = facts.measured.series[control]
    few = Series(found.times, (*found.values[:-10], reports, *found.values[-9:]))

    assert assess(with_series(facts, {control: few}), NOW, POLICY).verdict is verdict


def test_a_window_ends_with_the_reports() -> None:
    assessment = assess(endpoint(modified=121), NOW, POLICY)

    assert (assessment.verdict, needs_metrics(endpoint(modified=121), NOW, POLICY)) == (Verdict.TOO_YOUNG, True)


def test_a_tag_shortens_the_window_no_further_than_the_owner_allows() -> None:
    policy = replace(POLICY, min_tag_window=timedelta(minutes=90))

    assert policy.window_of({AFTER: "30"}) == timedelta(minutes=90)
    assert policy.window_of({AFTER: "100"}) == timedelta(minutes=100)
    assert policy.window_of({AFTER: "9000"}) == timedelta(minutes=9000)
    assert replace(policy, window=timedelta(minutes=45)).window_of({AFTER: "30"}) == timedelta(minutes=45)


@pytest.mark.parametrize("status", sorted(STATUSES - {"InService"}))
def test_only_what_is_in_service_is_idle(status: str) -> None:
    assert assess(endpoint(status=status), NOW, POLICY).verdict is not V.IDLE


def test_metrics_are_wanted_only_of_those_about_which_they_decide() -> None:
    for name, facts, _, verdict, _ in CASES:
        decided = {V.IDLE, V.ACTIVE, V.METRICS_UNKNOWN}
        assert needs_metrics(facts, NOW, POLICY) == (verdict in decided), name


def test_metrics_of_a_part_of_the_window_are_not_enough() -> None:
    facts = endpoint()
    assert facts.measured
    short = Measured(minutes(110), timedelta(minutes=1), facts.measured.series)

    assessment = assess(replace(facts, measured=short), NOW, POLICY)

    assert assessment.verdict is V.METRICS_UNKNOWN
    assert assessment.reason == "its metrics were not read for its whole window"


@pytest.mark.parametrize(
    ("fresh", "verdict"),
    [
        (endpoint(), V.IDLE),
        (endpoint(modified=7 * 1440 - 1 / 120), V.IDLE),  # half a second: another rounding
        (endpoint(modified=5 * 1440), V.CHANGED),
        (endpoint(created=minutes(600)), V.CHANGED),
        (endpoint(status="Updating", modified=5 * 1440), V.UPDATING),
        (used(1)(endpoint()), V.ACTIVE),
    ],
)
def test_what_changed_between_the_looks_is_kept(fresh: EndpointSnapshot, verdict: V) -> None:
    seen = assess(endpoint(), NOW, POLICY)

    assert unless_changed(seen, assess(fresh, NOW, POLICY)).verdict is verdict
