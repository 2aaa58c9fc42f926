"""What every handler shares."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

import pytest

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Handler, task_handler
from slipway.errors import ArtifactNotGzip, ServiceThrottled, SlipwayError
from tests.fakes.services import FakeServices

REQUEST = {"State": "InspectArtifact", "Execution": {"Id": "arn:execution-1"}, "Plan": {"Secret": "hush"}}


def raising(error: Exception) -> Handler:
    def step(request: Mapping[str, Any], services: Services) -> None:
        raise error

    return task_handler(step, FakeServices)


def metric_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the one EMF line among what was printed."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metric,) = [line for line in lines if "_aws" in line]
    return dict(metric)


def test_a_step_is_given_the_request_and_the_services(context: Any) -> None:
    services = FakeServices()

    handler = task_handler(lambda request, given: (request["State"], given is services), lambda: services)

    assert handler(REQUEST, context) == ("InspectArtifact", True)


def test_the_step_can_be_taken_out_of_its_handler() -> None:
    def step(request: Mapping[str, Any], services: Services) -> None:
        """A step of a state."""

    assert inspect.unwrap(task_handler(step)) is step


@pytest.mark.parametrize("error", [ArtifactNotGzip("It is text."), ServiceThrottled("Rate exceeded")])
def test_an_error_leaves_under_its_own_class_name_and_sentence(error: SlipwayError, context: Any) -> None:
    with pytest.raises(SlipwayError) as caught:
        raising(error)(REQUEST, context)

    assert caught.value is error
    assert type(caught.value).__name__ in ("ArtifactNotGzip", "ServiceThrottled")


@pytest.mark.parametrize(
    ("error", "kind"), [(ArtifactNotGzip("It is text."), "Refused"), (ServiceThrottled("Rate exceeded"), "NotYet")]
)
def test_an_error_is_counted_by_family_state_and_name(
    error: SlipwayError, kind: str, context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SlipwayError):
        raising(error)(REQUEST, context)

    metric = metric_of(capsys)
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Slipway"
    assert directive["Metrics"] == [{"Name": kind, "Unit": "Count"}]
    assert sorted(directive["Dimensions"][0]) == ["Error", "State", "service"]
    assert (metric["State"], metric["Error"]) == ("InspectArtifact", type(error).__name__)
    assert metric[kind] == [1.0]


def test_the_counts_of_two_errors_do_not_mix(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for error in (ArtifactNotGzip("It is text."), ServiceThrottled("Rate exceeded")):
        with pytest.raises(SlipwayError):
            raising(error)(REQUEST, context)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["Error"] for line in lines if "_aws" in line] == ["ArtifactNotGzip", "ServiceThrottled"]


def test_a_bug_leaves_as_it_is_and_is_counted_as_a_crash(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError())(REQUEST, context)

    metric = metric_of(capsys)
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Metrics"] == [{"Name": "Crashes", "Unit": "Count"}]
    assert directive["Dimensions"] == [["service"]], "the alarm is about all functions"


def test_payloads_are_not_logged(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    task_handler(lambda request, services: {"Secret": "hush"}, FakeServices)(REQUEST, context)

    assert "hush" not in "".join(capsys.readouterr())
