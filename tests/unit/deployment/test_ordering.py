"""Newest wins: which deployment was wanted later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from slipway.deployment.ordering import REQUESTED_AT, is_current, is_newer, requested_at
from slipway.deployment.plan import Artifact, ArtifactRequest, Execution, Plan

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


def plan(trigger: str = "Upload", **artifact: str) -> Plan:
    request = ArtifactRequest(Bucket="b", Key="models/ep/m.tar.gz", **artifact)  # type: ignore[typeddict-item]
    return Plan(EndpointName="ep", Trigger=trigger, Deadline="", Tags=[], Artifact=request)


def artifact(uploaded: datetime) -> Artifact:
    return Artifact(
        Bucket="b",
        Key="models/ep/m.tar.gz",
        ETag="e",
        Size=1,
        IsCurrent=True,
        UploadedAt=uploaded.isoformat(),
        HasInferenceCode=True,
        Warnings=[],
    )


def execution(started: datetime = NOON) -> Execution:
    return Execution(Id="arn", Name="n", StartTime=started.isoformat().replace("+00:00", "Z"))


def uploaded(moment: datetime, sequencer: str = "") -> str:
    return requested_at(plan(Sequencer=sequencer) if sequencer else plan(), artifact(moment), execution())


@given(MOMENTS, MOMENTS)
def test_uploads_sort_by_when_s3_took_them(one: datetime, other: datetime) -> None:
    exact = [moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in (one, other)]
    assert (uploaded(one) < uploaded(other)) == (exact[0] < exact[1])


def test_uploads_of_one_second_sort_by_their_sequencers() -> None:
    assert uploaded(NOON, "0055AED6DCD90281E5") < uploaded(NOON, "0055AED6DCD90281E6")


def test_a_shorter_sequencer_is_padded_on_the_right() -> None:
    assert uploaded(NOON, "00A5") > uploaded(NOON, "00A40000000000FF")


def test_an_execution_from_the_console_was_wanted_when_it_started() -> None:
    later = NOON + timedelta(seconds=5)
    console = requested_at(plan("Execution"), artifact(NOON - timedelta(days=1)), execution(later))
    assert console > uploaded(NOON, "FFFF")


def test_a_redeployment_was_wanted_when_it_started() -> None:
    redeployment = Plan(EndpointName="ep", Trigger="Execution", Deadline="", Tags=[], EndpointConfigName="ep-1")
    assert requested_at(redeployment, None, execution(NOON)) > uploaded(NOON - timedelta(seconds=1), "FFFF")


def test_what_bears_no_such_tag_is_not_newer() -> None:
    assert not is_newer({}, uploaded(NOON))


def test_what_was_wanted_at_the_same_moment_is_not_newer() -> None:
    assert not is_newer({REQUESTED_AT: uploaded(NOON, "A1")}, uploaded(NOON, "A1"))


def test_the_tag_value_is_one_that_sagemaker_takes() -> None:
    assert all(character.isalnum() or character in " _.:/=+-@" for character in uploaded(NOON, "00A5"))


def test_an_upload_is_current_while_its_etag_is_the_object_s() -> None:
    assert is_current(plan(ETag="one"), "one")
    assert not is_current(plan(ETag="one"), "two")


def test_an_execution_without_an_upload_takes_whatever_is_there() -> None:
    assert is_current(plan("Execution"), "two")
