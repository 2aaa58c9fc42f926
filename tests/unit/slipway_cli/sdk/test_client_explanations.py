"""Why something failed: in the workflow's words, or in the endpoint's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.fakes.step_functions import FakeStepFunctions, recorded, target_of

from slipway.errors import NotFound
from slipway_cli.sdk.errors import NothingDeployed
from slipway_cli.sdk.explanations import explain

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class OneEndpoint:
    """A SageMaker with one endpoint, and its log."""

    def __init__(self, status: str, reason: str = "", *lines: str) -> None:
        self._endpoint = {
            "EndpointArn": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/by-hand",
            "EndpointName": "by-hand",
            "EndpointConfigName": "by-hand-1",
            "EndpointStatus": status,
            **({"FailureReason": reason} if reason else {}),
            **dict.fromkeys(("CreationTime", "LastModifiedTime"), NOW),
        }
        self._lines = lines

    def describe_endpoint(self, **request: Any) -> dict[str, Any]:
        return self._endpoint

    def describe_endpoint_config(self, **request: Any) -> dict[str, Any]:
        return {}

    def get_paginator(self, operation: str) -> OneEndpoint:
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        stream = {"logStreamName": "AllTraffic/i-1", "creationTime": int(NOW.timestamp() * 1000)}
        return [{"Tags": [], "logStreams": [stream]}]

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        events = [{"message": line} for line in self._lines]
        return {"events": events if "nextToken" not in request else [], "nextBackwardToken": "b/1"}


def test_an_execution_is_explained_in_the_words_of_the_workflow() -> None:
    one = recorded("failed")

    found = explain(
        target_of(stepfunctions=FakeStepFunctions(one), sagemaker=OneEndpoint("InService")), one["description"]["name"]
    )

    assert found.explanation["Error"] == "ContainerFailedPing"
    assert found.execution is not None
    assert found.later == ()


def test_the_last_failure_of_an_endpoint_is_found_behind_what_made_it_good() -> None:
    newest, failed = recorded("created"), recorded("failed")

    endpoint = OneEndpoint("InService")

    found = explain(target_of(stepfunctions=FakeStepFunctions(newest, failed), sagemaker=endpoint), "digits")

    assert found.execution is not None
    assert found.execution.arn == failed["description"]["executionArn"]


def test_what_has_happened_since_a_failure_is_found() -> None:
    newest, failed = recorded("created"), recorded("failed")
    newest["description"]["startDate"] = failed["description"]["startDate"] + timedelta(minutes=5)
    endpoint = OneEndpoint("InService")

    found = explain(target_of(stepfunctions=FakeStepFunctions(newest, failed), sagemaker=endpoint), "digits")

    assert [one.arn for one in found.later] == [newest["description"]["executionArn"]]
    assert found.endpoint is not None
    assert found.endpoint.status == "InService"


def test_an_execution_that_did_not_fail_has_nothing_to_explain() -> None:
    newest, failed = recorded("created"), recorded("failed")

    found = explain(target_of(stepfunctions=FakeStepFunctions(newest, failed)), newest["description"]["name"])

    assert not found.explanation


def test_an_endpoint_that_was_made_by_hand_is_explained_by_its_reason_and_its_log() -> None:
    reason = "The primary container for production variant AllTraffic did not pass the ping health check."
    endpoint = OneEndpoint("Failed", reason, "Traceback", "ModuleNotFoundError: No module named 'torch'")

    found = explain(target_of(stepfunctions=FakeStepFunctions(), sagemaker=endpoint, logs=endpoint), "by-hand")

    assert found.explanation["Error"] == "ContainerImportError"
    assert found.explanation["Message"] == f"ModuleNotFoundError: No module named 'torch'. {reason}"
    assert found.explanation["LogTail"][-1] == "ModuleNotFoundError: No module named 'torch'"


def test_an_endpoint_without_a_reason_has_nothing_to_explain() -> None:
    endpoint = OneEndpoint("InService")

    found = explain(target_of(stepfunctions=FakeStepFunctions(), sagemaker=endpoint), "by-hand")

    assert (dict(found.explanation), found.execution) == ({}, None)
    assert found.endpoint is not None


def test_what_is_neither_is_said_to_be_so() -> None:
    class Empty(OneEndpoint):
        def describe_endpoint(self, **request: Any) -> dict[str, Any]:
            raise NotFound("no")

    with pytest.raises(NothingDeployed, match="No deployment found for nowhere"):
        explain(target_of(stepfunctions=FakeStepFunctions(), sagemaker=Empty("")), "nowhere")
