"""The stack's own roles, enforced end to end: what is taken from one is missed by name, and given back works again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from slipway_local.stack.local_stack import STACK_NAME
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name, wait_for
from tests.integration.test_deploy_endpoint import hosting

OF_NO_MATTER = "sts:GetCallerIdentity"  # which every principal is allowed


@contextmanager
def lacking(account: Account, role: str, action: str) -> Iterator[None]:
    """Take an action from a role of the template while the context lasts."""
    cloudformation, iam = account.client("cloudformation"), account.client("iam")
    found = cloudformation.describe_stack_resources(StackName=STACK_NAME, LogicalResourceId=role)
    name = found["StackResources"][0]["PhysicalResourceId"]
    documents = {
        policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    try:
        for policy, document in documents.items():
            lessened = json.dumps({**document, "Statement": list(_without(action, document["Statement"]))})
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=lessened)
        yield
    finally:
        for policy, document in documents.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


def _without(action: str, statements: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for statement in statements:
        listed = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        left = [one for one in listed if one != action]
        yield {**statement, "Action": left or OF_NO_MATTER}


@pytest.mark.alone
def test_a_deployment_without_a_permission_fails_by_its_name_and_succeeds_with_it(account: Account) -> None:
    name = endpoint_name("lacking")
    request = hosting(name, account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(2)))

    # Of a function's role, and of the state machine's.
    for role, action in (
        ("CreateModelFunctionRole", "iam:PassRole"),
        ("DeployEndpointRole", "sagemaker:DescribeEndpoint"),
    ):
        with lacking(account, role, action):
            ended = account.run(request)

        assert (ended.status, ended.error) == ("FAILED", "AccessDenied")
        assert action in json.dumps(ended.explanation)
    assert account.deploy(request)["Outcome"] == "Created"


@pytest.mark.alone
def test_an_upload_that_may_start_nothing_waits_in_the_dead_letters(account: Account) -> None:
    name = endpoint_name("unstarted")
    key = f"models/{name}/model.tar.gz"
    sqs, queue = account.client("sqs"), account.description.outputs["ModelUploadedDeadLetterQueueUrl"]

    with lacking(account, "ModelUploadedRole", "states:StartExecution"):
        account.upload(key, archives.answering(3))
        waiting = wait_for(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))

    assert json.loads(waiting[0]["Body"])["detail"]["object"]["key"] == key
    assert account.executions_of(key) == []


@pytest.mark.alone
def test_a_container_whose_role_may_not_write_logs_has_none(account: Account) -> None:
    name = endpoint_name("silent")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(2))

    with lacking(account, "ExecutionRole", "logs:PutLogEvents"):
        account.deploy(hosting(name, uri))
        account.invoke(name, [1, 2, 3])
        # What it prints once the role may write again is written.
        groups = account.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/sagemaker/Endpoints/{name}")

    assert groups["logGroups"] == []


def test_an_unknown_access_key_is_refused(account: Account) -> None:
    stranger = boto3.client(
        "sagemaker",
        endpoint_url=account.description.endpoint_url,
        region_name=account.description.region,
        aws_access_key_id="AKIASTRANGER00000000",
        aws_secret_access_key="not known here",
    )

    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        stranger.list_models()
