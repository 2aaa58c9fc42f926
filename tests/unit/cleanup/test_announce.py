"""A deletion as tags, as an event and as a notification; the tags keep what was announced first."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.cleanup.announce import MAX_SUBJECT, Estimate, IdleDeletion, deletion_of, notification, subject
from slipway.deployment.resource_names import config_arn_beside, kind_of, name_of
from slipway.deployment.tags import ENDPOINT, IDLE_ANNOUNCED_AT, IDLE_DELETED_AT, IN_SERVICE_AT
from slipway.deployment.timestamps import format_instant
from slipway.versions.version import is_deleted_idle, is_to_be_announced, last_served

LEGAL = re.compile(r"[A-Za-z0-9 _.:/=+@-]{0,256}")  # a tag's value
ARN = "arn:aws:sagemaker:us-east-1:111122223333:"
NOW = datetime(2026, 11, 22, 22, 0, 0, 123456, tzinfo=UTC)
DELETION = IdleDeletion(
    "Digits", "Digits-0f1e2d3c4b5a", f"{ARN}endpoint-config/digits-0f1e2d3c4b5a", NOW - timedelta(hours=30), NOW, 2
)


def test_a_deletion_is_read_from_its_tags_as_it_was() -> None:
    tags = DELETION.tags("slipway")

    found = deletion_of(DELETION.config_arn, name_of(DELETION.config_arn, tags), tags)

    assert found.event() == DELETION.event()
    assert all(LEGAL.fullmatch(value) for value in tags.values())


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(timezone(timedelta(hours=9)))))
def test_instants_sort_as_text_and_are_utc_to_the_millisecond(instant: datetime) -> None:
    shown = format_instant(instant)

    assert abs(datetime.fromisoformat(shown) - instant) < timedelta(milliseconds=1)
    assert format_instant(instant - timedelta(seconds=1)) < shown
    assert len(shown) == len("2026-11-01T12:00:00.000Z")


def test_an_event_says_how_long_what_it_cost_and_how_to_undo_it() -> None:
    event = replace(DELETION, estimate=Estimate(0.23, "us-east-1, 2026-11-22")).event()

    assert event["IdleMinutes"] == 30 * 60
    assert event["EstimatedCostPerHour"] == {"Amount": 0.23, "Currency": "USD", "Prices": "us-east-1, 2026-11-22"}
    assert event["WakeInput"] == {"EndpointName": "Digits", "EndpointConfigName": "Digits-0f1e2d3c4b5a"}


def test_a_letter_says_it_in_words() -> None:
    known = replace(DELETION, estimate=Estimate(0.23, "us-east-1, 2026-11-22"))

    text = notification([known, DELETION], "arn:machine")

    assert "It cost about $0.230 an hour, $168 a month: an estimate by list prices of us-east-1, 2026-11-22." in text
    assert "What it cost is not known" in text
    assert text.count("slipway wake Digits") == 2
    assert '--state-machine-arn arn:machine --input \'{"EndpointName": "Digits", ' in text


@pytest.mark.parametrize(("count", "says"), [(1, "deleted 1 idle endpoint ("), (3, "deleted 3 idle endpoints (")])
def test_a_subject_counts_and_fits(count: int, says: str) -> None:
    assert says in subject([DELETION] * count, "slipway")
    assert len(subject([DELETION] * count, "s" * 128)) <= MAX_SUBJECT


def test_what_sleeps_is_what_was_not_in_service_since() -> None:
    deleted_idle = {IN_SERVICE_AT: "2026-11-01", IDLE_DELETED_AT: "2026-11-02"}
    woken = {IN_SERVICE_AT: "2026-11-03", IDLE_DELETED_AT: "2026-11-02"}

    assert (is_deleted_idle(deleted_idle), is_deleted_idle(woken), is_deleted_idle({})) == (True, False, False)
    assert (last_served(deleted_idle), last_served(woken), last_served({})) == ("2026-11-02", "2026-11-03", "")


def test_what_was_announced_is_not_announced_again_until_it_is_deleted_again() -> None:
    announced = {IDLE_DELETED_AT: "2026-11-02", IDLE_ANNOUNCED_AT: "2026-11-02"}

    assert not is_to_be_announced(announced)
    assert not is_to_be_announced({})
    assert is_to_be_announced(announced | {IDLE_DELETED_AT: "2026-11-03"})


@pytest.mark.parametrize(
    ("shown", "config"),
    [("digits", "digits-0f1e2d3c4b5a"), ("Digits", "Digits-0f1e2d3c4b5a")],
)
def test_a_configuration_s_arn_is_written_as_the_endpoint_s(shown: str, config: str) -> None:
    found = config_arn_beside(f"{ARN}endpoint/{shown}", "Digits", "Digits-0f1e2d3c4b5a")

    assert found == f"{ARN}endpoint-config/{config}"
    assert kind_of(found) == "endpoint-config"


def test_a_name_has_the_case_of_its_endpoint_where_the_arn_has_lost_it() -> None:
    assert name_of(f"{ARN}model/digits-0f1e2d3c4b5a", {ENDPOINT: "Digits"}) == "Digits-0f1e2d3c4b5a"
    assert name_of(f"{ARN}model/other-0f1e2d3c4b5a", {ENDPOINT: "Digits"}) == "other-0f1e2d3c4b5a"
    assert name_of(f"{ARN}model/theirs", {}) == "theirs"
