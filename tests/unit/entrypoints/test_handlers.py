"""What every handler shares, in its four shapes: of a state, of the HTTP API, of an event, of a schedule."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import delete_idle_endpoints.app
import record_outcome.app
import show_endpoint.app
from slipway.cleanup.delete_idle_endpoints import DeleteIdleEndpoints
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Handler, event_handler, http_handler, schedule_handler, task_handler
from slipway.errors import AccessDenied, ArtifactNotGzip, NotFound, NotVisibleYet, ServiceThrottled, SlipwayError
from slipway.outcomes.record_outcome import record_outcome as publish_outcome
from tests.fakes.idle_account import FakeEndpoint
from tests.fakes.idle_deletion import FakeIdleStack
from tests.fakes.services import FakeServices

TASK = {"State": "InspectArtifact", "Execution": {"Id": "arn:execution-1"}, "Plan": {"Secret": "hush"}}
HTTP = {"version": "2.0", "routeKey": "GET /endpoints/{name}", "pathParameters": {"name": "digits"}}
FAILED = {"status": "FAILED", "error": "EndpointFailed", "startDate": 1000, "stopDate": 3000}


def raising(error: Exception) -> Callable[..., Any]:
    """Return a step of any handler that fails."""

    def step(*_: Any) -> Any:
        raise error

    return step


def outcome_handler() -> Handler:
    """Return RecordOutcome's handler over fakes."""
    return event_handler(inspect.unwrap(record_outcome.app.handler), FakeServices)


def metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the lines in embedded metric format among what was printed."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if "_aws" in line]


def idle_services() -> FakeServices:
    found = FakeServices()
    found.cleanup_run = FakeIdleStack(FakeEndpoint("digits")).run_of(found.settings)  # type: ignore[assignment,method-assign]
    return found


@pytest.mark.parametrize(
    ("handler", "request_"),
    [
        (task_handler(raising(ZeroDivisionError()), FakeServices), TASK),
        (http_handler(raising(ZeroDivisionError()), FakeServices), HTTP),
        (event_handler(raising(ZeroDivisionError()), FakeServices), {}),
        (schedule_handler(raising(ZeroDivisionError()), FakeServices), {}),
    ],
    ids=["task", "http", "event", "schedule"],
)
def test_a_bug_is_raised_and_counted_as_a_crash_of_any_function(
    handler: Handler, request_: Mapping[str, Any], context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ZeroDivisionError):
        handler(request_, context)

    (metric,) = metrics(capsys)
    (directive,) = metric["_aws"]["CloudWatchMetrics"]
    assert directive["Metrics"] == [{"Name": "Crashes", "Unit": "Count"}]
    assert directive["Dimensions"] == [["service"]], "the alarm is about all functions"
    assert metric["Crashes"] == [1.0]


def test_the_step_of_a_state_gets_the_request_and_the_services(context: Any) -> None:
    services = FakeServices()

    handler = task_handler(lambda request, given: (request["State"], given is services), lambda: services)

    assert handler(TASK, context) == ("InspectArtifact", True)


def test_the_step_can_be_unwrapped_from_its_handler() -> None:
    def step(request: Mapping[str, Any], services: Services) -> None:
        """A step of a state."""

    assert inspect.unwrap(task_handler(step)) is step


def test_errors_are_raised_as_they_are_and_counted_by_family_state_and_name(
    context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds: dict[str, SlipwayError] = {"Refused": ArtifactNotGzip("It is text."), "NotYet": ServiceThrottled("Slow.")}
    for error in kinds.values():
        with pytest.raises(SlipwayError) as caught:
            task_handler(raising(error), FakeServices)(TASK, context)
        assert caught.value is error

    for (kind, error), metric in zip(kinds.items(), metrics(capsys), strict=True):
        (directive,) = metric["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "Slipway"
        assert directive["Metrics"] == [{"Name": kind, "Unit": "Count"}]
        assert sorted(directive["Dimensions"][0]) == ["Error", "State", "service"]
        assert (metric["State"], metric["Error"]) == ("InspectArtifact", type(error).__name__)
        assert metric[kind] == [1.0]


def test_what_was_there_at_one_call_of_a_step_and_not_at_the_next_is_tried_again(context: Any) -> None:
    step = raising(NotFound('Could not find model "arn:aws:sagemaker:us-east-1:111122223333:model/digits".'))

    with pytest.raises(NotVisibleYet, match="Could not find model"):
        task_handler(step, FakeServices)(TASK, context)


def test_payloads_and_events_are_not_logged(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    task_handler(lambda request, services: {"Secret": "hush"}, FakeServices)(TASK, context)
    outcome_handler()({"detail": {**FAILED, "input": "hush"}}, context)

    assert "hush" not in "".join(capsys.readouterr())


def test_the_result_of_an_http_step_is_answered_as_json(context: Any) -> None:
    handler = http_handler(lambda parameters, services: {"EndpointStatus": "InService", **parameters}, FakeServices)

    answer = handler(HTTP, context)

    assert (answer["statusCode"], answer["headers"]) == (200, {"Content-Type": "application/json"})
    assert json.loads(answer["body"]) == {"EndpointStatus": "InService", "name": "digits"}


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotFound("There is none."), 404), (ServiceThrottled("Rate exceeded"), 503), (AccessDenied("No."), 400)],
)
def test_a_slipway_error_is_answered_with_its_name_and_message(error: SlipwayError, status: int, context: Any) -> None:
    answer = http_handler(raising(error), FakeServices)(HTTP, context)

    assert answer["statusCode"] == status
    assert json.loads(answer["body"]) == {"Error": type(error).__name__, "Message": str(error)}


def test_an_unknown_endpoint_is_answered_with_404(context: Any) -> None:
    assert http_handler(inspect.unwrap(show_endpoint.app.handler), FakeServices)(HTTP, context)["statusCode"] == 404


def test_the_outcome_of_a_deployment_is_published(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    outcome_handler()({"detail": FAILED}, context)

    values = {name: line[name] for line in metrics(capsys) for name in _names(line)}
    assert values == {
        "Deployments": [1.0], "DeploymentSeconds": [2.0], "DeploymentsFailed": [1.0], "FailuresByError": [1.0]
    }  # fmt: skip
    step = inspect.unwrap(record_outcome.app.handler)
    assert step({"detail": FAILED}, FakeServices()) == publish_outcome({"detail": FAILED})


def _names(line: dict[str, Any]) -> list[str]:
    return [metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]]


def test_a_scheduled_run_is_returned_and_measured(context: Any, capsys: pytest.CaptureFixture[str]) -> None:
    handler = schedule_handler(inspect.unwrap(delete_idle_endpoints.app.handler), idle_services)

    report = handler({}, context)

    assert report["IdleCleanup"] == "DryRun"
    assert sum(report["Verdicts"].values()) == 1
    measured = {name for line in metrics(capsys) for name in _names(line)}
    assert {"IdleCleanupRuns", "IdleCleanupRunsIncomplete", "EndpointsDeleted", "EndpointsAssessed"} <= measured


def test_a_scheduled_run_gets_the_seconds_that_the_function_has_left(context: Any) -> None:
    given = []

    def begin(services: Any, seconds_left: Any) -> DeleteIdleEndpoints:
        given.append(seconds_left())
        run: DeleteIdleEndpoints = inspect.unwrap(delete_idle_endpoints.app.handler)(services, seconds_left)
        return run

    schedule_handler(begin, idle_services)({}, context)

    assert given == [900.0]
