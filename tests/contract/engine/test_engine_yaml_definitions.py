"""CloudFormation takes a state machine's definition from S3 in YAML, as AWS's does and MiniStack's does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.contract.engine.laptop import Laptop, wait_until

DEFINITION = """
Comment: Says ${Word}.
QueryLanguage: JSONata
StartAt: Say
States:
  Say:
    Type: Pass
    Output: {"Said": "${Word}", "Times": 3}
    End: true
"""


def template(role: str, key: str) -> str:
    properties = {
        "RoleArn": role,
        "DefinitionS3Location": {"Bucket": "definitions", "Key": key},
        "DefinitionSubstitutions": {"Word": "launched"},
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    return json.dumps({"Resources": {"Machine": machine}, "Outputs": {"Arn": {"Value": {"Ref": "Machine"}}}})


def deployed(laptop: Laptop, role: str, name: str, definition: str) -> dict[str, Any]:
    """Deploy a stack with a state machine of that definition, and return the stack when it is done."""
    laptop.client("s3").create_bucket(Bucket="definitions")
    laptop.client("s3").put_object(Bucket="definitions", Key=name, Body=definition.encode())
    cloudformation = laptop.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=template(role, name))

    def stack() -> dict[str, Any]:
        found: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return found

    wait_until(lambda: not stack()["StackStatus"].endswith("IN_PROGRESS"))
    return stack()


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_definition_in_either_form_becomes_a_state_machine(laptop: Laptop, role: str, form: str) -> None:
    as_json = '{"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": {"Said": "${Word}"}, "End": true}}}'
    stack = deployed(laptop, role, f"machine-{form}", DEFINITION if form == "yaml" else as_json)

    assert stack["StackStatus"] == "CREATE_COMPLETE", "check tools/slipway_local/engine/patches/cloudformation.py"
    started = laptop.client("stepfunctions").start_execution(stateMachineArn=stack["Outputs"][0]["OutputValue"])
    assert json.loads(laptop.ended(started["executionArn"])["output"])["Said"] == "launched"


def test_a_definition_that_is_neither_fails_the_stack(laptop: Laptop, role: str) -> None:
    stack = deployed(laptop, role, "machine-broken", "States: [unclosed")

    assert stack["StackStatus"] in {"CREATE_FAILED", "ROLLBACK_COMPLETE"}
