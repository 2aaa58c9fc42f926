"""The engine evaluates IAM: at its own services, at those mounted in it, and for every caller under a role."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.contract.engine.laptop import Laptop, wait_until

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}
CALLS = """
import boto3
def handler(event, context):
    client = boto3.client(event["Service"])
    try:
        getattr(client, event["Method"])(**event.get("Arguments", {}))
    except Exception as error:
        return str(error)
    return "allowed"
"""
LIST_QUOTAS = {"ServiceCode": "sagemaker"}
DESCRIBE_TARGETS = {"ServiceNamespace": "sagemaker"}
EVENT = {"Source": "slipway", "DetailType": "Deployment Succeeded", "Detail": "{}"}
METRIC = [{"MetricName": "Deployments", "Value": 1}]

Role = Callable[..., str]


@pytest.fixture
def role_of(laptop: Laptop) -> Role:
    """Return what makes a role that a service assumes, with these statements."""
    iam = laptop.client("iam")

    def make(service: str, *statements: dict[str, Any]) -> str:
        name = f"{service}-{uuid4().hex[:12]}"
        trust = {**TRUST, "Principal": {"Service": f"{service}.amazonaws.com"}}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
        if statements:
            document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
            iam.put_role_policy(RoleName=name, PolicyName="P", PolicyDocument=json.dumps(document))
        return str(arn)

    return make


def called(laptop: Laptop, role: str, **event: Any) -> str:
    """Return what a function under a role says of one call."""
    function = laptop.function(f"calls-{role.rpartition('/')[2]}-{event['Method']}"[:64], role, CALLS)
    answer = laptop.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    return str(json.loads(answer["Payload"].read()))


@pytest.mark.parametrize(
    ("action", "event"),
    [
        ("sagemaker:ListModels", {"Service": "sagemaker", "Method": "list_models"}),
        (
            "servicequotas:ListServiceQuotas",
            {"Service": "service-quotas", "Method": "list_service_quotas", "Arguments": LIST_QUOTAS},
        ),
        (
            "application-autoscaling:DescribeScalableTargets",
            {
                "Service": "application-autoscaling",
                "Method": "describe_scalable_targets",
                "Arguments": DESCRIBE_TARGETS,
            },
        ),
        ("s3:ListAllMyBuckets", {"Service": "s3", "Method": "list_buckets"}),
    ],
)
def test_a_function_may_do_what_its_role_is_allowed_and_nothing_else(
    laptop: Laptop, role_of: Role, action: str, event: dict[str, Any]
) -> None:
    allowed = role_of("lambda", {"Action": action, "Resource": "*"})
    bare = role_of("lambda", {"Action": "sqs:ListQueues", "Resource": "*"})

    assert called(laptop, allowed, **event) == "allowed"
    assert f"is not authorized to perform: {action}" in called(laptop, bare, **event)


def test_what_a_deletion_takes_is_asked_of_scaling_while_the_engine_answers(laptop: Laptop, role_of: Role) -> None:
    """Application Auto Scaling is a service of the same engine: it must be able to answer meanwhile."""
    role = role_of("lambda", {"Action": "sagemaker:DeleteEndpoint", "Resource": "*"})

    said = called(laptop, role, Service="sagemaker", Method="delete_endpoint", Arguments={"EndpointName": "none"})

    assert "Could not find endpoint" in said


@pytest.mark.parametrize(
    ("action", "key", "value", "event"),
    [
        (
            "events:PutEvents",
            "events:source",
            "slipway",
            {"Service": "events", "Method": "put_events", "Arguments": {"Entries": [EVENT]}},
        ),
        (
            "cloudwatch:PutMetricData",
            "cloudwatch:namespace",
            "Slipway",
            {
                "Service": "cloudwatch",
                "Method": "put_metric_data",
                "Arguments": {"Namespace": "Slipway", "MetricData": METRIC},
            },
        ),
    ],
)
def test_conditions_see_the_source_of_events_and_the_namespace_of_metrics(
    laptop: Laptop, role_of: Role, action: str, key: str, value: str, event: dict[str, Any]
) -> None:
    of_this = {"Action": action, "Resource": "*", "Condition": {"StringEquals": {key: value}}}
    of_another = {"Action": action, "Resource": "*", "Condition": {"StringEquals": {key: "other"}}}

    assert called(laptop, role_of("lambda", of_this), **event) == "allowed"
    assert "not authorized" in called(laptop, role_of("lambda", of_another), **event)


def test_without_list_permission_a_missing_key_is_access_denied(laptop: Laptop, role_of: Role) -> None:
    laptop.client("s3").create_bucket(Bucket="hiding")
    look = {"Service": "s3", "Method": "head_object", "Arguments": {"Bucket": "hiding", "Key": "none"}}
    read = {"Action": "s3:GetObject", "Resource": "*"}

    assert "(404)" in called(laptop, role_of("lambda", read, {"Action": "s3:ListBucket", "Resource": "*"}), **look)
    assert "(403)" in called(laptop, role_of("lambda", read), **look)


def test_a_workflow_calls_under_its_role(laptop: Laptop, role_of: Role) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sagemaker:listModels", "Arguments": {}, "End": True}

    may = laptop.run(role_of("states", {"Action": "sagemaker:ListModels", "Resource": "*"}), "may", List=state)
    may_not = laptop.run(role_of("states", {"Action": "sagemaker:ListEndpoints", "Resource": "*"}), "not", List=state)

    assert may["status"] == "SUCCEEDED"
    assert (may_not["status"], may_not["error"]) == ("FAILED", "SageMaker.SageMakerException")
    assert "is not authorized to perform: sagemaker:ListModels" in may_not["cause"]


def test_a_workflow_may_not_act_under_a_role_that_is_another_services(laptop: Laptop, role_of: Role) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sagemaker:listModels", "Arguments": {}, "End": True}
    of_lambda = role_of("lambda", {"Action": "sagemaker:ListModels", "Resource": "*"})

    assert laptop.run(of_lambda, "of-lambda", List=state)["status"] == "FAILED"


def test_a_rule_that_may_not_reach_its_target_sends_to_the_dead_messages(laptop: Laptop, role_of: Role) -> None:
    sqs, events = laptop.client("sqs"), laptop.client("events")
    arns = {}
    for name in ("wanted", "dead"):
        url = sqs.create_queue(QueueName=f"{name}-messages")["QueueUrl"]
        arns[name] = (url, f"arn:aws:sqs:us-east-1:000000000000:{name}-messages")
    bare = role_of("events", {"Action": "states:StartExecution", "Resource": "*"})
    events.put_rule(Name="messages", EventPattern=json.dumps({"source": ["test.messages"]}))
    target = {"Id": "t", "Arn": arns["wanted"][1], "RoleArn": bare, "DeadLetterConfig": {"Arn": arns["dead"][1]}}
    events.put_targets(Rule="messages", Targets=[target])

    events.put_events(Entries=[{"Source": "test.messages", "DetailType": "d", "Detail": "{}"}])

    wait_until(lambda: sqs.receive_message(QueueUrl=arns["dead"][0]).get("Messages"))
    assert "Messages" not in sqs.receive_message(QueueUrl=arns["wanted"][0])


def test_a_copy_of_a_tagged_object_takes_the_permissions_for_its_tags(laptop: Laptop, role_of: Role) -> None:
    s3 = laptop.client("s3")
    s3.create_bucket(Bucket="tagged")
    s3.put_object(Bucket="tagged", Key="a", Body=b"1", Tagging="owner=ds")
    copy = {"Bucket": "tagged", "Key": "b", "CopySource": "tagged/a"}
    bare = role_of("lambda", {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"})
    tags = {"Action": ["s3:GetObject*", "s3:PutObject*"], "Resource": "*"}

    refused = called(laptop, bare, Service="s3", Method="copy_object", Arguments=copy)
    assert "AccessDenied" in refused
    assert called(laptop, role_of("lambda", tags), Service="s3", Method="copy_object", Arguments=copy) == "allowed"


def test_a_model_takes_the_permissions_of_its_execution_role(laptop: Laptop, role_of: Role) -> None:
    """The words about the image are AWS's; DG "How to use SageMaker AI execution roles" lists the actions."""
    sagemaker = laptop.client("sagemaker")
    pull = {"Action": ["ecr:*"], "Resource": "*"}
    container = {"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"}
    network = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
    request = {"ModelName": "of-a-role", "PrimaryContainer": container}

    with pytest.raises(ClientError, match="cannot pull 683313688378"):
        sagemaker.create_model(**request, ExecutionRoleArn=role_of("sagemaker"))
    pulling = role_of("sagemaker", pull)
    with pytest.raises(ClientError, match="not authorized to perform: ec2:CreateNetworkInterface"):
        sagemaker.create_model(**request, ExecutionRoleArn=pulling, VpcConfig=network)
    sagemaker.create_model(**request, ExecutionRoleArn=pulling)
    sagemaker.delete_model(ModelName="of-a-role")


def test_the_policy_of_a_key_decides_who_may_use_it_for_an_endpoint(laptop: Laptop, role_of: Role) -> None:
    """The form of the text is AWS's, as in https://github.com/jbrt/ec2cryptomatic/issues/26."""
    sagemaker, kms = laptop.client("sagemaker"), laptop.client("kms")
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"
    hosting = role_of("sagemaker", {"Action": "ecr:*", "Resource": "*"})
    sagemaker.create_model(ModelName="with-a-key", PrimaryContainer={"Image": image}, ExecutionRoleArn=hosting)
    key = kms.create_key()["KeyMetadata"]  # with the default policy, which enables IAM policies
    variant = {"VariantName": "v", "ModelName": "with-a-key", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="with-a-key", KmsKeyId=key["Arn"], ProductionVariants=[variant])
    allowed = {"Action": ["sagemaker:UpdateEndpoint", "kms:CreateGrant"], "Resource": "*"}
    update = {"EndpointName": "none", "EndpointConfigName": "with-a-key"}

    def update_endpoint() -> str:
        caller = role_of("lambda", allowed)
        return called(laptop, caller, Service="sagemaker", Method="update_endpoint", Arguments=update)

    assert "Could not find endpoint" in update_endpoint()

    administrator = {"AWS": role_of("lambda")}
    statement = {"Effect": "Allow", "Principal": administrator, "Action": "kms:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=document)

    refused = update_endpoint()
    assert "AccessDeniedException" in refused
    assert refused.endswith(
        f"is not authorized to perform: kms:CreateGrant on resource: {key['Arn']} "
        "because no resource-based policy allows the kms:CreateGrant action"
    )
