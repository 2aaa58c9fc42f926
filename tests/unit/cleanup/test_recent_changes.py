"""What has become of endpoints is asked once for many, and again as soon as the answer is old."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from slipway.aws.endpoint_listing import ListedEndpoint
from slipway.aws.retry import Page
from slipway.cleanup.assess import NotIdle, Verdict
from slipway.cleanup.recheck import FRESH, RecentChanges
from slipway.cleanup.run import CleanupRun
from slipway.errors import ServiceThrottled, ServiceUnavailable
from tests.fakes.idle_account import NOW, FakeEndpoint
from tests.fakes.idle_deletion import FakeIdleStack

SECOND = timedelta(seconds=1)


@dataclass
class Clock:
    """Stands still, but for the seconds that each listing takes."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class SlowAccount(FakeIdleStack):
    """An account whose listings take so long."""

    clock: Clock = field(default_factory=Clock)
    takes: timedelta = SECOND

    def __post_init__(self) -> None:
        super().__init__(FakeEndpoint("a"), FakeEndpoint("b"), FakeEndpoint("c"), page_size=1)

    def timed_run(self) -> CleanupRun:
        run = self.run()
        return replace(run, clock=replace(run.clock, now=self.clock.now))

    def endpoints(self, token: str, changed_since: datetime | None = None) -> Page[ListedEndpoint]:
        self.clock.at += self.takes
        return super().endpoints(token, changed_since)

    @property
    def asked(self) -> int:
        return self.faults.calls.count("recent_changes")


def test_what_is_as_it_was_described_passes_with_one_call_for_all() -> None:
    account = SlowAccount()
    changes = RecentChanges(account.timed_run())

    for name in ("a", "b", "c"):
        changes.check(account.describe_endpoint(name))

    assert account.asked == 1


@pytest.mark.parametrize(("status", "modified"), [("InService", NOW), ("Updating", NOW)])
def test_what_was_changed_since_is_refused_whatever_page_it_is_on(status: str, modified: datetime) -> None:
    account = SlowAccount(takes=SECOND / 10)
    changes = RecentChanges(account.timed_run())
    seen = account.describe_endpoint("c")
    for endpoint in account.endpoints_by_name.values():
        endpoint.status, endpoint.modified = status, modified

    with pytest.raises(NotIdle, match="created again or changed since the recheck") as refused:
        changes.check(seen)

    assert refused.value.verdict is Verdict.CHANGED
    assert account.asked == 3


def test_an_answer_is_not_believed_for_long() -> None:
    # Given an answer that was asked for before the endpoint was woken
    account = SlowAccount()
    changes = RecentChanges(account.timed_run())
    seen = account.describe_endpoint("a")
    changes.check(seen)

    # When it is woken, which takes longer than the answer is believed
    account.clock.at += FRESH
    account.endpoints_by_name["a"].modified = account.clock.at

    # Then
    with pytest.raises(NotIdle):
        changes.check(seen)


def test_an_answer_that_took_too_long_is_none() -> None:
    account = SlowAccount(takes=FRESH)
    changes = RecentChanges(account.timed_run())

    with pytest.raises(ServiceUnavailable, match="took too long"):
        changes.check(account.describe_endpoint("a"))


def test_an_answer_that_was_not_given_is_none() -> None:
    account = SlowAccount()
    changes = RecentChanges(account.timed_run())
    account.faults.fail("recent_changes", ServiceThrottled("Rate exceeded"))

    with pytest.raises(ServiceThrottled):
        changes.check(account.describe_endpoint("a"))

    changes.check(account.describe_endpoint("a"))
    assert account.asked == 2
