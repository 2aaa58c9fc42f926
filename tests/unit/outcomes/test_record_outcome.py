"""What an end adds to the metrics, for the replayable events of events/outcomes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.outcomes.record_outcome import record_outcome

EVENTS = {path.stem: path for path in (Path(__file__).parents[3] / "events" / "outcomes").glob("*.json")}
ENDS = {
    # by name of the event: its outcome, and the error that it is counted under
    "created": ("Created", None),
    "already_deployed": ("AlreadyDeployed", None),
    "output_left_out": ("Unknown", None),
    "failed": ("Failed", "ContainerImportError"),
    "timed_out": ("TimedOut", "States.Timeout"),
    "timed_out_without_a_word": ("TimedOut", "TimedOut"),
    "aborted": ("Aborted", None),
    "transformed": ("Transformed", None),
    "transform_failed": ("Failed", "TransformJobFailed"),
    "rollout_failed": ("Failed", "States.ExceedToleratedFailureThreshold"),
}
KINDS = {"transform": "Transform", "rollout": "Rollout"}  # by the event's first word; all others are deployments


def event(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(EVENTS[name].read_text(encoding="utf-8"))
    return read


def kind_of(name: str) -> str:
    return next((kind for word, kind in KINDS.items() if name.startswith(word)), "Deployment")


def test_every_event_is_replayed() -> None:
    assert set(EVENTS) == set(ENDS)


@pytest.mark.parametrize("name", ENDS)
def test_an_end_is_counted_and_timed_by_its_outcome(name: str) -> None:
    measured = {one.name: one for one in record_outcome(event(name))}

    detail = event(name)["detail"]
    what = kind_of(name)
    for metric in (f"{what}s", f"{what}Seconds"):
        assert measured[metric].dimensions == {"Outcome": ENDS[name][0]}
    assert measured[f"{what}s"].value == 1
    assert measured[f"{what}Seconds"].value == (detail["stopDate"] - detail["startDate"]) / 1000
    assert measured[f"{what}Seconds"].unit == "Seconds"


@pytest.mark.parametrize("name", ENDS)
def test_a_failure_is_counted_once_under_its_error_and_everything_else_as_none(name: str) -> None:
    measured = {one.name: one for one in record_outcome(event(name))}

    error = ENDS[name][1]
    failed = f"{kind_of(name)}sFailed"
    assert measured[failed].value == (1 if error else 0)
    assert measured[failed].dimensions == {}, "the alarm is about all of them"
    found = measured.get("FailuresByError")
    assert (found.dimensions if found else None) == ({"Error": error} if error else None)


@given(st.sampled_from(["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]), st.integers(0, 10**10), st.integers(0, 10**8))
def test_any_end_is_counted_once(status: str, start: int, took: int) -> None:
    detail = {"status": status, "startDate": start, "stopDate": start + took}

    measured = record_outcome({"detail": detail})

    assert sum(one.value for one in measured if one.name == "Deployments") == 1
    failed = sum(one.value for one in measured if one.name == "DeploymentsFailed")
    assert failed == sum(one.value for one in measured if one.name == "FailuresByError")
