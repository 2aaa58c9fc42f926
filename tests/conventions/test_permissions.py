"""Least privilege: actions by name, resources by kind, every exception with its reason."""

from __future__ import annotations

import re

import pytest

from tests.conventions.policies import Statement, allowed, unexplained_wildcards
from tests.conventions.project import LAMBDA_INVOKE, MACHINES, TEMPLATE, lambda_states, resources, states, tasks

STATEMENTS = list(allowed())
STACKS_OWN = {"Fn::GetAtt": ["ExecutionRole", "Arn"]}
OF_THE_OWNERS_CHOICE = {"Fn::Split": [",", {"Ref": "AllowedExecutionRoles"}]}
KEYS_OF_DEPLOYMENTS = {"Fn::Split": [",", {"Ref": "AllowedKmsKeys"}]}
ROLES = {"deploy_endpoint": "DeployEndpointRole", "transform_batch": "TransformBatchRole", "roll_out": "RollOutRole"}
# What every Standard workflow with logging and tracing has to be allowed, and no state calls.
OBSERVING = ("logs:", "xray:")
# Application Auto Scaling refuses callers who could not do themselves what it is to do for them.
PROVING = {
    "sagemaker:DescribeEndpoint",
    "sagemaker:DescribeEndpointConfig",
    "sagemaker:UpdateEndpointWeightsAndCapacities",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:DeleteAlarms",
    "iam:CreateServiceLinkedRole",
}
# UpdateEndpoint lets SageMaker use the key of the storage, if there is one.
WITH_A_KEY = {"kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}
# Step Functions developer guide, "IAM policies for Distributed Map", and of nested executions, "Start a new workflow".
OF_DISTRIBUTED_MAPS = {
    "states:StartExecution",
    "states:DescribeExecution",
    "states:StopExecution",
    "states:RedriveExecution",
    "events:DescribeRule",
    "events:PutRule",
    "events:PutTargets",
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListMultipartUploadParts",
    "s3:AbortMultipartUpload",
}
# The Java SDK's name of a service, which Step Functions uses, and IAM's.
PREFIXES = {"applicationautoscaling:": "application-autoscaling:"}


def of_the_workflow(machine: str) -> list[Statement]:
    return [statement for statement in STATEMENTS if statement.owner == ROLES[machine]]


def called_by_the_workflow(machine: str) -> set[str]:
    """Return the IAM actions behind the tasks' resources: `arn:aws:states:::aws-sdk:sagemaker:addTags` and the like."""
    found = tasks(machine).values()
    calls = {task["Resource"].removeprefix("arn:aws:states:::").removeprefix("aws-sdk:") for task in found}
    names = {"lambda:invoke": "lambda:InvokeFunction"}
    actions = {
        names.get(call) or re.sub(r":(\w)", lambda notification: f":{notification[1].upper()}", call) for call in calls
    }
    return {_with_prefix_of_iam(action) for action in actions}


def _with_prefix_of_iam(action: str) -> str:
    service = next((service for service in PREFIXES if action.startswith(service)), "")
    return action.replace(service, PREFIXES[service], 1) if service else action


def statement_id(statement: Statement) -> str:
    return f"{statement.owner}-{statement.sid}"


@pytest.mark.parametrize("statement", STATEMENTS, ids=statement_id)
def test_actions_are_named_one_by_one(statement: Statement) -> None:
    assert [action for action in statement.actions if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action)] == []


def test_every_resource_that_is_everything_has_a_reason() -> None:
    assert unexplained_wildcards(TEMPLATE.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('A:\n  Resource: "*"', [2]),
        ('A:\n  Resource: "*" # the action knows no resource', []),
        ('A:\n  # the action knows no resource\n  Resource: "*"', []),
        ('A:\n  - Resource:\n      - !Ref B\n      - "*"', [4]),
        ('A: 1 # not about the next line\nResource: "*"', [2]),
        ("A:\n  Resource: !Sub ${B}/*", []),
    ],
)
def test_a_resource_without_a_reason_is_seen(text: str, lines: list[int]) -> None:
    assert unexplained_wildcards(text) == lines


def test_a_role_is_passed_to_one_service_and_is_one_role() -> None:
    passing = [statement for statement in STATEMENTS if "iam:PassRole" in statement.actions]
    assert passing
    for statement in passing:
        assert statement.actions == ["iam:PassRole"]
        assert statement.conditions["StringEquals"]["iam:PassedToService"] == "sagemaker.amazonaws.com"
        assert statement.resources[0] in (STACKS_OWN, OF_THE_OWNERS_CHOICE)


@pytest.mark.parametrize("machine", MACHINES)
def test_the_workflow_may_call_what_its_states_call_and_nothing_else(machine: str) -> None:
    allowed_actions = {action for statement in of_the_workflow(machine) for action in statement.actions}
    called = {action for action in allowed_actions if not action.startswith(OBSERVING)}
    of_maps = OF_DISTRIBUTED_MAPS if any(state["Type"] == "Map" for state in states(machine).values()) else set()
    assert called - WITH_A_KEY == called_by_the_workflow(machine) | of_maps


def test_scaling_has_the_rights_that_application_auto_scaling_asks_its_caller_for() -> None:
    of_scaling = [statement for statement in STATEMENTS if statement.owner == "ConfigureScalingFunction"]
    allowed_actions = {action for statement in of_scaling for action in statement.actions}
    assert allowed_actions >= PROVING | {"application-autoscaling:RegisterScalableTarget"}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_workflow_may_invoke_exactly_its_functions(machine: str) -> None:
    assert LAMBDA_INVOKE in {task["Resource"] for task in tasks(machine).values()}
    (statement,) = [found for found in of_the_workflow(machine) if "lambda:InvokeFunction" in found.actions]
    assert statement.resources == [{"Fn::GetAtt": [f"{state}Function", "Arn"]} for state in lambda_states(machine)]


def test_the_owners_key_is_used_through_the_services_that_need_it_only() -> None:
    of_keys = [found for found in STATEMENTS if any(action.startswith("kms:") for action in found.actions)]
    assert of_keys
    for statement in of_keys:
        assert statement.resources in ([{"Ref": "KmsKeyArn"}], [KEYS_OF_DEPLOYMENTS])
        assert "kms:ViaService" in statement.conditions["StringEquals"]


def test_a_role_is_assumed_by_one_service_for_this_account_only() -> None:
    for name, role in resources("AWS::IAM::Role").items():
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"]["Service"].endswith(".amazonaws.com"), name
        if statement["Principal"]["Service"] == "apigateway.amazonaws.com":
            continue  # it does not say for whom it asks: see the template
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}, name
