"""What calls have to be allowed, as the Service Authorization Reference has it."""

from __future__ import annotations

from typing import Any

import pytest

from slipway_local.iam.required_actions import (
    RequiredAction,
    Scope,
    kinds_of,
    required_actions_of,
    required_actions_of_delivery,
    required_actions_of_invocation,
    required_actions_of_object_tags,
    required_actions_of_scaling,
    required_actions_of_state,
    required_actions_of_tagging,
)
from slipway_local.json_protocol import ServiceError

HERE = Scope("us-east-1", "111122223333")
ROLE = "arn:aws:iam::111122223333:role/hosting"
TOPIC = "arn:aws:sns:us-east-1:111122223333:letters"


def sagemaker(resource: str) -> str:
    return HERE.arn("sagemaker", resource)


def pairs(needs: list[RequiredAction]) -> list[tuple[str, str]]:
    return [(need.action, need.resource) for need in needs]


def test_creating_a_model_takes_the_model_its_tags_and_the_role() -> None:
    request = {"ModelName": "m", "ExecutionRoleArn": ROLE, "Tags": [{"Key": "a", "Value": "b"}]}

    needs = required_actions_of("CreateModel", request, HERE)

    assert pairs(needs) == [
        ("sagemaker:CreateModel", sagemaker("model/m")),
        ("sagemaker:AddTags", sagemaker("model/m")),
        ("iam:PassRole", ROLE),
    ]
    assert needs[-1].keys == {"iam:passedtoservice": "sagemaker.amazonaws.com"}


def test_a_model_of_a_package_takes_the_package_too() -> None:
    package = sagemaker("model-package/group/3")

    needs = required_actions_of(
        "CreateModel", {"ModelName": "m", "PrimaryContainer": {"ModelPackageName": package}}, HERE
    )

    assert pairs(needs)[1:] == [("sagemaker:CreateModel", package)]


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("DescribeModelPackageGroup", {"ModelPackageGroupName": "g"}, "model-package-group/g"),
        ("DeleteModelPackageGroup", {"ModelPackageGroupName": sagemaker("model-package-group/g")},
         "model-package-group/g"),
        ("CreateModelPackage", {"ModelPackageGroupName": "g"}, "model-package/g/*"),
        ("CreateModelPackage", {"ModelPackageName": "p"}, "model-package/p"),
        ("ListModelPackages", {"ModelPackageGroupName": "g"}, "model-package/g/*"),
        ("UpdateModelPackage", {"ModelPackageArn": sagemaker("model-package/g/1")}, "model-package/g/1"),
    ],
    ids=str,
)  # fmt: skip
def test_calls_of_the_registry_take_the_group_or_its_packages(
    operation: str, params: dict[str, Any], resource: str
) -> None:
    needs = required_actions_of(operation, params, HERE)

    assert pairs(needs) == [(f"sagemaker:{operation}", sagemaker(resource))]


@pytest.mark.parametrize("operation", ["ListModelPackageGroups", "ListModelPackages", "ListTrainingJobs", "Search"])
def test_a_listing_takes_no_resource(operation: str) -> None:
    assert pairs(required_actions_of(operation, {}, HERE)) == [(f"sagemaker:{operation}", "*")]


@pytest.mark.parametrize("operation", ["CreateEndpoint", "UpdateEndpoint"])
def test_an_endpoint_takes_its_configuration_too(operation: str) -> None:
    needs = required_actions_of(operation, {"EndpointName": "e", "EndpointConfigName": "c"}, HERE)

    assert pairs(needs) == [
        (f"sagemaker:{operation}", sagemaker("endpoint/e")),
        (f"sagemaker:{operation}", sagemaker("endpoint-config/c")),
    ]


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("DescribeEndpointConfig", {"EndpointConfigName": "c"}, sagemaker("endpoint-config/c")),
        ("UpdateEndpointWeightsAndCapacities", {"EndpointName": "e"}, sagemaker("endpoint/e")),
        ("DescribeTrainingJob", {"TrainingJobName": "t"}, sagemaker("training-job/t")),
        ("AddTags", {"ResourceArn": sagemaker("model/m"), "Tags": [{"Key": "a", "Value": "b"}]}, sagemaker("model/m")),
        ("ListEndpoints", {}, "*"),
        ("SomethingNew", {"Whatever": 1}, "*"),
    ],
)
def test_other_calls_take_the_one_thing_that_they_name(operation: str, params: dict[str, Any], resource: str) -> None:
    assert pairs(required_actions_of(operation, params, HERE)) == [(f"sagemaker:{operation}", resource)]


@pytest.mark.parametrize(
    ("kind", "action"), [("invocations", "InvokeEndpoint"), ("async-invocations", "InvokeEndpointAsync")]
)
def test_an_invocation_takes_its_endpoint(kind: str, action: str) -> None:
    needs = required_actions_of_invocation(f"/endpoints/digits/{kind}", HERE)

    assert pairs(needs) == [(f"sagemaker:{action}", sagemaker("endpoint/digits"))]


def test_an_action_says_what_kinds_of_resource_it_is_about() -> None:
    assert kinds_of("sagemaker:UpdateEndpoint") == {"endpoint", "endpoint-config"}
    assert kinds_of("sagemaker:CreateModel") == {"model", "model-package"}
    assert kinds_of("sagemaker:ListTags") == kinds_of("s3:GetObject") == set()


def test_scaling_takes_targets_of_a_namespace_and_reading_it_takes_no_resource() -> None:
    request = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/e/variant/v"}

    [register] = required_actions_of_scaling("RegisterScalableTarget", request, HERE)
    [describe] = required_actions_of_scaling("DescribeScalableTargets", request, HERE)

    assert register.resource.startswith(HERE.arn("application-autoscaling", "scalable-target/"))
    assert register.keys["application-autoscaling:service-namespace"] == "sagemaker"
    assert describe.resource == "*"


def test_tagging_also_takes_the_right_to_tag_in_sagemaker() -> None:
    needs = required_actions_of_tagging("TagResources", {"ResourceARNList": [sagemaker("endpoint/e"), TOPIC]}, HERE)

    assert pairs(needs) == [("tag:TagResources", "*"), ("sagemaker:AddTags", sagemaker("endpoint/e"))]
    assert pairs(required_actions_of_tagging("GetResources", {}, HERE)) == [("tag:GetResources", "*")]


@pytest.mark.parametrize(
    ("resource", "arguments", "expected"),
    [
        ("lambda:invoke", {"FunctionName": "arn:f"}, ("lambda:InvokeFunction", "arn:f")),
        ("aws-sdk:sagemaker:describeEndpoint", {"EndpointName": "e"}, None),
        ("aws-sdk:ssm:getParameter", {"Name": "p"}, ("ssm:GetParameter", "*")),
        ("states:startExecution.sync:2", {"StateMachineArn": "arn:m"}, ("states:StartExecution", "arn:m")),
    ],
)
def test_a_state_takes_what_its_call_takes(
    resource: str, arguments: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    found = pairs(required_actions_of_state(f"arn:aws:states:::{resource}", arguments, HERE))

    assert found == [expected or ("sagemaker:DescribeEndpoint", sagemaker("endpoint/e"))]


def test_each_event_takes_its_bus_under_its_source() -> None:
    entries = [{"Source": "slipway", "DetailType": "A"}, {"Source": "other", "EventBusName": "own"}]

    needs = required_actions_of_state("arn:aws:states:::events:putEvents", {"Entries": entries}, HERE)

    assert [(need.resource.rpartition("/")[2], need.keys["events:source"]) for need in needs] == [
        ("default", "slipway"),
        ("own", "other"),
    ]


def test_a_delivery_takes_its_target() -> None:
    assert pairs(required_actions_of_delivery(TOPIC)) == [("sns:Publish", TOPIC)]
    assert required_actions_of_delivery("arn:aws:firehose:us-east-1:111122223333:deliverystream/s") == []


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeEndpoint", {"EndpointName": ["a"]}),
        ("CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": {}}),
        ("CreateModel", {"ModelName": "m", "ExecutionRoleArn": 3}),
        ("CreateModel", {"ModelName": "m", "PrimaryContainer": []}),
        ("CreateModel", {"ModelName": "m", "Containers": {"a": 1}}),
        ("AddTags", {"ResourceArn": True}),
    ],
)
def test_a_value_of_another_type_is_refused_as_aws_refuses_it(operation: str, params: dict[str, Any]) -> None:
    with pytest.raises(ServiceError) as refused:
        required_actions_of(operation, params, HERE)

    assert (refused.value.code, refused.value.status) == ("SerializationException", 400)


def test_a_null_is_a_missing_value() -> None:
    assert pairs(required_actions_of("DescribeEndpoint", {"EndpointName": None}, HERE)) == [
        ("sagemaker:DescribeEndpoint", "*")
    ]


GET_TAGS = ("s3:GetObjectTagging", "arn:aws:s3:::from/a key")
PUT_TAGS = ("s3:PutObjectTagging", "arn:aws:s3:::to/b")


@pytest.mark.parametrize(
    ("headers", "query", "tagged", "needed"),
    [
        ({"x-amz-copy-source": "/from/a%20key?versionId=1"}, {}, True, [GET_TAGS, PUT_TAGS]),
        ({"x-amz-copy-source": "from/a%20key"}, {}, False, []),
        ({"x-amz-copy-source": "from/a%20key", "x-amz-tagging-directive": "REPLACE"}, {}, True, []),
        (
            {"x-amz-copy-source": "from/a", "x-amz-tagging-directive": "REPLACE", "x-amz-tagging": "k=v"},
            {},
            True,
            [PUT_TAGS],
        ),
        ({"x-amz-copy-source": "from/a%20key"}, {"partNumber": ["1"]}, True, []),
        ({"x-amz-tagging": "k=v"}, {}, False, [PUT_TAGS]),
        ({}, {}, True, []),
    ],
    ids=["copy", "untagged", "replaced by none", "replaced", "part", "put", "put without tags"],
)
def test_a_copy_takes_the_permissions_for_its_tags(
    headers: dict[str, str], query: dict[str, Any], tagged: bool, needed: list[tuple[str, str]]
) -> None:
    """nasa/cumulus-orca issue 530: a copy of a tagged object is refused without both."""

    def is_tagged(bucket: str, key: str) -> bool:
        assert (bucket, key) in (("from", "a key"), ("from", "a"))
        return tagged

    assert pairs(required_actions_of_object_tags("PUT", "/to/b", headers, query, is_tagged)) == needed


def test_a_component_is_created_on_an_endpoint() -> None:
    """Service Authorization Reference: CreateInferenceComponent has both kinds of resource."""
    request = {"InferenceComponentName": "c", "EndpointName": "e"}

    assert pairs(required_actions_of("CreateInferenceComponent", request, HERE)) == [
        ("sagemaker:CreateInferenceComponent", sagemaker("inference-component/c")),
        ("sagemaker:CreateInferenceComponent", sagemaker("endpoint/e")),
    ]
