"""Requests are checked against botocore's model of the API, in AWS's words."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.slipway_local.sagemaker.world import ROLE, World, variant

from slipway_local.sagemaker.errors import SageMakerError
from slipway_local.sagemaker.validation.shapes import RequestShapes

SHAPES = RequestShapes()
MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
NAMES = [
    ("DescribeModel", "ModelName"),
    ("DescribeEndpointConfig", "EndpointConfigName"),
    ("DescribeEndpoint", "EndpointName"),
]


VARIANT = "productionVariants.1.member"
LESS = "failed to satisfy constraint: Member must have value less than or equal to"
GREATER = "failed to satisfy constraint: Member must have value greater than or equal to"


def variants(*fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    production = [variant(f"V{place}", **each) for place, each in enumerate(fields)]
    return "CreateEndpointConfig", {"EndpointConfigName": "c", "ProductionVariants": production}


def environment(values: dict[str, str]) -> tuple[str, dict[str, Any]]:
    return "CreateModel", {"ModelName": "m", "PrimaryContainer": {"Image": "i", "Environment": values}}


def test_two_faults_are_listed_together_length_before_pattern(world: World) -> None:
    name = "-" * 64
    pattern = MODEL.shape_for("EndpointName").metadata["pattern"]
    assert world.refused("DescribeEndpoint", EndpointName=name) == (
        f"2 validation errors detected: Value '{name}' at 'endpointName' failed to satisfy constraint: "
        f"Member must have length less than or equal to 63; Value '{name}' at 'endpointName' failed to "
        f"satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
    )


@pytest.mark.parametrize(
    ("operation", "params", "said"),
    [
        ("DescribeEndpoint", {}, "Value null at 'endpointName' failed to satisfy constraint: Member must not be null"),
        (*variants({"VolumeSizeInGB": 513}), f"'513' at '{VARIANT}.volumeSizeInGB' {LESS} 512"),
        (*variants({"InitialInstanceCount": 0}), f"'0' at '{VARIANT}.initialInstanceCount' {GREATER} 1"),
        (*variants({"InitialVariantWeight": -0.5}), f"'-0.5' at '{VARIANT}.initialVariantWeight' {GREATER} 0"),
        (
            *variants({"ModelDataDownloadTimeoutInSeconds": 59}),
            f"'59' at '{VARIANT}.modelDataDownloadTimeoutInSeconds' {GREATER} 60",
        ),
        (
            *variants({}, {"InstanceType": "ml.t3.medium"}),
            "'ml.t3.medium' at 'productionVariants.2.member.instanceType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [ml.t2.medium, ",
        ),
        (*variants(), "Member must have length greater than or equal to 1"),
        (*environment({"1A": "x"}), "at 'primaryContainer.environment' failed to satisfy constraint: Map keys must"),
        (*environment({"1A": "x"}), "[a-zA-Z_][a-zA-Z0-9_]*"),
        (*environment({"A": "x" * 1025}), "Map value must satisfy constraint: [Member must have length less than or"),
    ],
    ids=lambda value: str(value)[-60:],
)
def test_a_member_that_breaks_its_shape_is_named_in_awss_words(
    world: World, operation: str, params: dict[str, Any], said: str
) -> None:
    message = world.refused(operation, **params)
    assert message.startswith("1 validation error detected: Value ")
    assert said in message


def test_a_member_that_the_api_does_not_have_is_refused_with_the_nearest(world: World) -> None:
    message = world.refused("CreateModel", ModelName="m", ExecutionRole=ROLE)
    assert message.startswith('Unknown parameter in input: "ExecutionRole", must be one of: ModelName, ')
    assert message.endswith('Did you mean "ExecutionRoleArn"?')


def test_null_is_absent_and_a_whole_float_is_an_integer() -> None:
    request = SHAPES.checked("ListModels", {"NameContains": None, "MaxResults": 5.0})
    assert request == {"MaxResults": 5}
    assert type(request["MaxResults"]) is int


@pytest.mark.parametrize(
    ("operation", "params", "said"),
    [
        ("DescribeModel", {"ModelName": 3}, "NUMBER_VALUE can not be converted to a String"),
        ("DescribeModel", {"ModelName": True}, "TRUE_VALUE can not be converted to a String"),
        ("DescribeModel", {"ModelName": {}}, "START_OBJECT can not be converted to a String"),
        ("DescribeModel", {"ModelName": []}, "START_ARRAY can not be converted to a String"),
        ("ListModels", {"MaxResults": "5"}, "STRING_VALUE can not be converted to an Integer"),
        ("ListModels", {"MaxResults": 5.5}, "DECIMAL_VALUE can not be converted to an Integer"),
        ("ListModels", {"CreationTimeAfter": "now"}, "STRING_VALUE can not be converted to a Timestamp"),
        ("CreateModel", {"EnableNetworkIsolation": 1}, "NUMBER_VALUE can not be converted to a Boolean"),
        ("CreateModel", {"PrimaryContainer": "x"}, "Expected a structure or null"),
        ("CreateModel", {"Containers": {}}, "Expected list or null"),
        ("CreateModel", {"PrimaryContainer": {"Environment": []}}, "Expected a map or null"),
    ],
)
def test_a_wrong_json_type_is_a_serialization_exception(
    world: World, operation: str, params: dict[str, Any], said: str
) -> None:
    error = world.refusal(operation, **params)
    assert (error.code, error.message, error.status) == ("SerializationException", said, 400)


def test_an_operation_that_does_not_exist_is_named_beside_those_that_do(world: World) -> None:
    error = world.refusal("CreateNotebook")
    assert error.code == "UnknownOperationException"
    assert '"CreateNotebook"' in error.message
    assert "UpdateEndpointWeightsAndCapacities" in error.message


@pytest.mark.parametrize("key", ["slipway:stack", "Größe", "名前 1", "a_b.c:/=+-@", "x" * 128])
def test_tag_keys_may_have_characters_of_every_script(key: str) -> None:
    request = {"ResourceArn": ARN, "Tags": [tag(key)]}
    assert SHAPES.checked("AddTags", request) == request


@pytest.mark.parametrize("key", ["a#b", "", "semi;colon", "x" * 129, "line\nbreak"])
def test_other_tag_keys_are_refused(key: str) -> None:
    with pytest.raises(SageMakerError, match=r"tags\.1\.member\.key"):
        SHAPES.checked("AddTags", {"ResourceArn": ARN, "Tags": [tag(key)]})


ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model/m"


def tag(key: str) -> dict[str, str]:
    return {"Key": key, "Value": ""}


def accepts(operation: str, member: str, name: str) -> bool:
    try:
        SHAPES.checked(operation, {member: name})
    except SageMakerError:
        return False
    return True


@pytest.mark.parametrize(("operation", "member"), NAMES)
@given(name=st.text(alphabet="aZ09-_é \u0661\n", max_size=66) | st.text(max_size=66))
@example(name="")
@example(name="a" * 63)
@example(name="a" * 64)
@example(name="a-")
@example(name="a\n")
def test_a_name_is_accepted_exactly_if_it_has_the_length_and_the_pattern(
    operation: str, member: str, name: str
) -> None:
    metadata = MODEL.shape_for(member).metadata
    allowed = re.fullmatch(metadata["pattern"], name) is not None and 1 <= len(name) <= metadata["max"]
    assert accepts(operation, member, name) == allowed


@pytest.mark.parametrize(("operation", "member"), NAMES)
@given(data=st.data())
def test_every_name_that_the_pattern_makes_is_accepted_up_to_63_characters(
    operation: str, member: str, data: st.DataObject
) -> None:
    pattern = MODEL.shape_for(member).metadata["pattern"]
    name = data.draw(st.from_regex(pattern, fullmatch=True))
    assert accepts(operation, member, name) == (len(name) <= 63)
