"""A deployed stack, on AWS or on a local stack that runs: opt in with SLIPWAY_E2E_STACK=<stack name>.

On AWS this costs an ml.m5.large for as long as the test takes, some ten minutes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from click.testing import CliRunner

from slipway_cli.main import main
from tests.integration import archives

POLL = 5.0  # seconds
GIVEN_UP = 70 * 60.0  # the default deadline and what cleaning up takes
STACK = os.environ.get("SLIPWAY_E2E_STACK", "")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not STACK, reason="SLIPWAY_E2E_STACK names no deployed stack"),
]


@pytest.fixture
def outputs() -> dict[str, str]:
    stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


@pytest.fixture
def endpoint_name() -> Iterator[str]:
    name = f"slipway-e2e-{uuid4().hex[:8]}"
    yield name
    boto3.client("sagemaker").delete_endpoint(EndpointName=name)


def test_an_uploaded_model_answers(outputs: dict[str, str], endpoint_name: str) -> None:
    key = f"models/{endpoint_name}/model.tar.gz"
    boto3.client("s3").put_object(Bucket=outputs["ModelBucketName"], Key=key, Body=archives.answering(2))

    execution = ended(outputs["StateMachineArn"], key)

    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    answer = boto3.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint_name, ContentType="application/json", Body=b"[1, 2, 3]"
    )
    assert json.loads(answer["Body"].read())["sum"] == 12


def test_no_check_of_the_stack_fails() -> None:
    result = CliRunner().invoke(main, ["doctor", "--stack", STACK, "--json"])

    assert result.exit_code == 0, result.output


def ended(machine: str, key: str) -> dict[str, Any]:
    """Return the execution that the upload started, once it has ended."""
    stepfunctions = boto3.client("stepfunctions")
    for _ in range(int(GIVEN_UP / POLL)):
        for listed in stepfunctions.list_executions(stateMachineArn=machine)["executions"]:
            found: dict[str, Any] = stepfunctions.describe_execution(executionArn=listed["executionArn"])
            if key in found["input"] and found["status"] != "RUNNING":
                return found
        time.sleep(POLL)
    pytest.fail(f"the upload of {key} ended no execution")
