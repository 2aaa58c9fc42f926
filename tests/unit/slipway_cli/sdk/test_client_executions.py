"""What is read of an execution, and how executions are found."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.fakes.step_functions import STATE_MACHINE, FakeStepFunctions, recorded, target_of

from slipway.deployment.tags import EXECUTION
from slipway_cli.sdk.errors import ExecutionNotFound, NothingDeployed
from slipway_cli.sdk.execution_search import executions_of, find_execution, newest_executions
from slipway_cli.sdk.executions import execution_of, read_execution

ARN = f"{STATE_MACHINE.replace(':stateMachine:', ':execution:')}:"


class NoSuchEndpoint:
    """A SageMaker without endpoints."""

    def describe_endpoint(self, **request: Any) -> dict[str, Any]:
        message = f'Could not find endpoint "{request["EndpointName"]}".'
        raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "DescribeEndpoint")


def test_a_deployment_that_ended_well_has_an_outcome_and_no_explanation() -> None:
    one = recorded("created")

    execution = read_execution(FakeStepFunctions(one), one["description"]["executionArn"])

    assert (execution.outcome, execution.endpoint_name, execution.error) == ("Created", "digits", "")
    assert not execution.explanation
    assert execution.current_state is None
    assert execution.seconds() == pytest.approx(25, abs=0.5)


def test_a_failure_has_the_explanation_of_the_workflow() -> None:
    execution = execution_of(recorded("failed")["description"])

    assert execution.error == execution.explanation["Error"] == "ContainerFailedPing"
    assert execution.explanation["LogTail"][-1] == "RuntimeError: the model is upside down"
    assert execution.endpoint_name == "digits"


@pytest.mark.parametrize(
    ("status", "said", "error", "message"),
    [
        ("TIMED_OUT", {"error": "States.Timeout"}, "States.Timeout", "The execution timed out."),
        ("ABORTED", {}, "ABORTED", "The execution aborted."),
        ("FAILED", {"error": "States.Runtime", "cause": "no such variable"}, "States.Runtime", "no such variable"),
        ("FAILED", {"error": "X", "cause": "[1]"}, "X", "[1]"),
    ],
)
def test_what_the_workflow_could_not_explain_has_step_functions_own_cause(
    status: str, said: dict[str, str], error: str, message: str
) -> None:
    description = {**recorded("failed")["description"], "status": status, "error": "", "cause": ""} | said

    explanation = execution_of(description).explanation

    assert (explanation["Error"], explanation["Message"]) == (error, message)


def test_the_endpoint_of_an_upload_is_in_its_key() -> None:
    key = {"bucket": {"name": "b"}, "object": {"key": "models/from-upload/m.tar.gz"}}
    upload = {"source": "aws.s3", "detail-type": "Object Created", "detail": key}
    described = {**recorded("failed")["description"], "input": json.dumps(upload)}

    assert execution_of(described).endpoint_name == "from-upload"


@pytest.mark.parametrize("text", ['"a text"', "[]", "no JSON", '{"source": "aws.s3", "detail-type": "Other"}', ""])
def test_an_input_that_names_no_endpoint_is_no_reason_to_stop(text: str) -> None:
    assert execution_of({**recorded("failed")["description"], "input": text}).endpoint_name == ""


def test_an_execution_is_found_by_its_arn_its_name_or_its_endpoint() -> None:
    newer, older = recorded("failed"), recorded("created")
    target = target_of(stepfunctions=FakeStepFunctions(newer, older))
    arn = older["description"]["executionArn"]

    assert find_execution(target, arn).arn == arn
    assert find_execution(target, older["description"]["name"]).arn == arn
    assert find_execution(target, "digits").arn == newer["description"]["executionArn"]


def test_an_endpoint_whose_executions_are_old_is_found_by_its_tag() -> None:
    class Tagged(NoSuchEndpoint):
        def describe_endpoint(self, **request: Any) -> dict[str, Any]:
            times = dict.fromkeys(("CreationTime", "LastModifiedTime"), "2026-11-22")
            return {"EndpointArn": "arn", "EndpointStatus": "InService", "EndpointConfigName": "c", **times}

        def describe_endpoint_config(self, **request: Any) -> dict[str, Any]:
            return {}

        def get_paginator(self, operation: str) -> Any:
            return self

        def paginate(self, **request: Any) -> list[dict[str, Any]]:
            return [{"Tags": [{"Key": EXECUTION, "Value": one["description"]["executionArn"]}]}]

    one = recorded("created")
    target = target_of(stepfunctions=FakeStepFunctions(one), sagemaker=Tagged())

    assert find_execution(target, "another-name").name == one["description"]["name"]


def test_what_is_neither_is_said_to_be_so() -> None:
    target = target_of(stepfunctions=FakeStepFunctions(recorded("created")), sagemaker=NoSuchEndpoint())

    with pytest.raises(NothingDeployed, match="nowhere: it is not an execution of slipway in eu-west-1"):
        find_execution(target, "nowhere")
    with pytest.raises(ExecutionNotFound, match="There is no execution nowhere"):
        find_execution(target, f"{ARN}nowhere")


def test_no_more_executions_are_read_than_asked_for() -> None:
    target = target_of(stepfunctions=FakeStepFunctions(recorded("failed"), recorded("created")))

    assert [one.outcome for one in newest_executions(target, 1)] == ["Failed"]
    assert [one.outcome for one in executions_of(target, "digits")] == ["Failed", "Created"]
    assert not list(executions_of(target, "digit"))
