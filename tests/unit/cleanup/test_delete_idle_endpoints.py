"""One run of idle cleanup: what it does, in which order, and what it says when something is in its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from slipway.aws.retry import MAX_ATTEMPTS, RESERVE
from slipway.cleanup import survey
from slipway.cleanup.assess import Assessment, Verdict
from slipway.cleanup.delete import delete_idle_endpoint
from slipway.cleanup.delete_idle_endpoints import DELETING, DeleteIdleEndpoints
from slipway.cleanup.recheck import Candidate, RecentChanges
from slipway.errors import AccessDenied, ServiceThrottled, SlipwayError
from tests.fakes.idle_account import NOW, OURS, FakeEndpoint
from tests.fakes.idle_deletion import FakeIdleStack
from tests.fakes.services import SETTINGS

PLENTY = 900.0
CHANGES = ("add_tags", "delete_endpoint", "put_events", "notify", "tag_all", "delete_tags")


def begin(
    stack: FakeIdleStack, seconds_left: Callable[[], float] = lambda: PLENTY, **given: Any
) -> DeleteIdleEndpoints:
    settings = replace(SETTINGS, **{"idle_cleanup": "Enabled", **given})
    return DeleteIdleEndpoints(stack.run(settings, seconds_left))


def run(stack: FakeIdleStack, **given: Any) -> dict[str, Any]:
    return begin(stack, **given)()


def test_the_configuration_is_marked_before_the_deletion_which_is_announced_after_it() -> None:
    stack = FakeIdleStack(FakeEndpoint("Digits"))

    report = run(stack)

    assert [call for call in stack.faults.calls if call in CHANGES] == [
        "add_tags", "delete_endpoint", "put_events", "notify", "tag_all"
    ]  # fmt: skip
    assert report["Deleted"] == stack.announcements.events
    tags = stack.configs.tags[stack.config_arn("Digits")]
    assert tags["slipway:endpoint"] == "Digits"
    assert tags["slipway:idle-announced-at"] == tags["slipway:idle-deleted-at"] == "2026-11-22T22:00:30.000Z"


@pytest.mark.parametrize("has_alarms", [True, False])
def test_managed_alarms_are_deleted_before_the_endpoint(has_alarms: bool) -> None:
    tags = {**OURS, **({"slipway:managed-alarms": "true"} if has_alarms else {})}
    stack = FakeIdleStack(FakeEndpoint("digits", tags))

    run(stack)

    assert ("slipway/digits/AllTraffic/ModelLatency" in stack.deleted_alarms) == has_alarms


def test_a_deletion_says_what_it_saves_by_dated_prices_and_how_it_is_undone() -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"))

    report = run(stack)

    (event,) = report["Deleted"]
    price = stack.aws().prices.hourly_price("ml.m5.large")
    assert event["EstimatedCostPerHour"] == {"Amount": price, "Currency": "USD", "Prices": stack.aws().prices.as_of}
    assert report["EstimatedSavingPerHour"] == price
    assert event["WakeInput"] == {"EndpointName": "digits", "EndpointConfigName": "digits-0f1e2d3c4b5a"}
    ((subject, notification),) = stack.announcements.notifications
    assert subject == "Slipway deleted 1 idle endpoint (slipway)"
    assert "slipway wake digits" in notification
    assert "a month: an estimate by list prices of us-east-1, 20" in notification


def test_an_endpoint_whose_configuration_is_gone_stays_because_it_could_not_be_woken() -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"))
    stack.configs.tags.clear()

    report = run(stack)

    assert list(stack.endpoints_by_name) == ["digits"]
    assert report["Warnings"][0].startswith("digits is idle and was left: Could not find")


def test_an_endpoint_with_components_stays_because_waking_would_not_bring_them_back() -> None:
    """cloud-nuke pull request 1142: SageMaker refuses to delete an endpoint with inference components."""
    stack = FakeIdleStack(FakeEndpoint("digits", components=("llama",)))

    run(stack)

    assert list(stack.endpoints_by_name) == ["digits"]
    assert "delete_endpoint" not in stack.faults.calls


def test_its_scaling_is_ended_first() -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"))
    stack.scaling.targets.add("endpoint/digits/variant/AllTraffic")

    run(stack)

    assert (stack.scaling.targets, stack.endpoints_by_name) == (set(), {})


def test_another_deployment_is_at_work() -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"), FakeEndpoint("other"))
    stack.busy.add("digits")

    report = run(stack)

    assert [one["EndpointName"] for one in report["Deleted"]] == ["other"]
    assert report["IsComplete"]


@pytest.mark.parametrize("operation", ["endpoints", "tagged", "reporting", "measure", "tagged_configs"])
def test_what_cannot_be_read_deletes_nothing_and_is_said(operation: str) -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"))
    for _ in range(20):
        stack.faults.fail(operation, AccessDenied("It is not authorized."))

    report = run(stack)

    if operation != "tagged_configs":
        assert list(stack.endpoints_by_name) == ["digits"]
        assert report["Deleted"] == []
    assert "It is not authorized." in " ".join(report["Warnings"]) or report["Verdicts"] == {"MetricsUnknown": 1}


@pytest.mark.parametrize("operation", ["put_events", "notify", "tag_all"])
@pytest.mark.parametrize(
    ("error", "count"), [(AccessDenied("It is not authorized."), 1), (ServiceThrottled("Rate exceeded"), MAX_ATTEMPTS)]
)
def test_what_could_not_be_announced_is_announced_by_the_next_run(
    operation: str, error: SlipwayError, count: int
) -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"))
    for _ in range(count):
        stack.faults.fail(operation, error)

    first, second = run(stack), run(stack)

    assert (first["IsComplete"], second["IsComplete"]) == (False, True)
    assert second["AnnouncedLate"] == ["digits"]
    assert {event["EndpointName"] for event in stack.announcements.events} == {"digits"}
    announced_late = stack.announcements.events[-1]
    assert announced_late["EstimatedCostPerHour"] == first["Deleted"][0]["EstimatedCostPerHour"]
    assert run(stack)["AnnouncedLate"] == []


def test_a_run_without_time_says_so_and_deletes_nothing() -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"))

    report = begin(stack, lambda: 10.0)()

    assert (report["IsComplete"], list(stack.endpoints_by_name)) == (False, ["digits"])
    assert "the time was nearly over; the next run continues." in report["Warnings"][-1]


def test_what_was_deleted_before_the_time_was_up_is_still_announced() -> None:
    stack = FakeIdleStack(*(FakeEndpoint(f"digits-{number:02}") for number in range(30)), page_size=100)

    report = begin(
        stack, lambda: PLENTY if len(stack.endpoints_by_name) > 26 else 20.0, max_idle_deletions_per_run=30
    )()

    assert not report["IsComplete"]
    assert [event["EndpointName"] for event in stack.announcements.events] == [
        one["EndpointName"] for one in report["Deleted"]
    ]
    assert len(report["Deleted"]) == 30 - len(stack.endpoints_by_name) > 0


def test_a_run_that_cannot_judge_all_deletes_what_it_found_says_where_it_stopped_and_the_next_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given six idle endpoints of which a run assesses four, two at a time, before its time is up
    monkeypatch.setattr(survey, "CHUNK", 2)
    stack = FakeIdleStack(*(FakeEndpoint(f"digits-{number}") for number in range(6)))
    assessed = stack.faults.calls

    # When
    first = begin(stack, lambda: PLENTY if assessed.count("measure") < 2 else RESERVE + DELETING)()
    second = run(stack)

    # Then
    assert [one["EndpointName"] for one in first["Deleted"]] == [f"digits-{number}" for number in range(4)]
    assert first["Warnings"] == [
        "Not all endpoints were assessed: The time was nearly over. The next run continues after digits-3."
    ]
    assert [one["EndpointName"] for one in second["Deleted"]] == ["digits-4", "digits-5"]
    assert (first["IsComplete"], second["IsComplete"], stack.position.name) == (False, True, "")


def test_the_metrics_of_a_run_count_verdicts_and_deletions() -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"), FakeEndpoint("kept", {**OURS, "slipway:protected": "true"}))
    cleanup = begin(stack)
    cleanup()

    found = {(one.name, one.dimensions.get("Verdict", "")): one.value for one in cleanup.measurements()}

    assert found == {
        ("IdleCleanupRuns", ""): 1.0,
        ("IdleCleanupRunsIncomplete", ""): 0.0,
        ("EndpointsDeleted", ""): 1.0,
        ("EstimatedSavingPerHour", ""): 0.115,
        ("EndpointsAssessed", "Idle"): 1.0,
        ("EndpointsAssessed", "Protected"): 1.0,
    }


def test_only_what_is_idle_can_be_deleted() -> None:
    stack = FakeIdleStack(FakeEndpoint("digits"))
    run, active = stack.run(), Assessment("digits", "arn", Verdict.ACTIVE, "used", NOW, NOW, idle_since=NOW)

    attempt = delete_idle_endpoint(run, Candidate(active, RecentChanges(run), stack.describe_endpoint("digits")))

    assert (attempt.deletion, attempt.verdict, attempt.left) == (None, Verdict.ACTIVE, "used")
    assert stack.faults.calls[-1] == "describe_endpoint"
