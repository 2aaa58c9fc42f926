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
from slipway_local.sagemaker.shapes import RequestShapes

SHAPES = RequestShapes()
MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
NAMES = [
    ("DescribeModel", "ModelName"),
    ("DescribeEndpointConfig", "EndpointConfigName"),
    ("DescribeEndpoint", "EndpointName"),
]


def test_a_missing_required_member_is_null_and_must_not_be(world: World) -> None:
    assert world.refused("DescribeEndpoint") == (
        "1 validation error detected: Value null at 'endpointName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_two_faults_are_listed_together_length_before_pattern(world: World) -> None:
    name = "-" * 64
    pattern = MODEL.shape_for("EndpointName").metadata["pattern"]
    assert world.refused("DescribeEndpoint", EndpointName=name) == (
        f"2 validation errors detected: Value '{name}' at 'endpointName' failed to satisfy constraint: "
        f"Member must have length less than or equal to 63; Value '{name}' at 'endpointName' failed to "
        f"satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
    )


def test_an_unknown_instance_type_lists_the_known_ones_at_its_place_in_the_list(world: World) -> None:
    message = world.refused(
        "CreateEndpointConfig",
        EndpointConfigName="c",
        ProductionVariants=[variant(), variant("B", InstanceType="ml.t3.medium")],
    )
    assert message.startswith(
        "1 validation error detected: Value 'ml.t3.medium' at 'productionVariants.2.member.instanceType' "
        "failed to satisfy constraint: Member must satisfy enum value set: [ml.t2.medium, "
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"VolumeSizeInGB": 513}, "Member must have value less than or equal to 512"),
        ({"InitialInstanceCount": 0}, "Member must have value greater than or equal to 1"),
        ({"InitialVariantWeight": -0.5}, "Member must have value greater than or equal to 0"),
        ({"ModelDataDownloadTimeoutInSeconds": 59}, "Member must have value greater than or equal to 60"),
    ],
)
def test_numbers_have_their_ranges(world: World, fields: dict[str, Any], said: str) -> None:
    member = next(iter(fields))
    message = world.refused("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[variant(**fields)])
    path = f"productionVariants.1.member.{member[0].lower()}{member[1:]}"
    assert message == (
        f"1 validation error detected: Value '{fields[member]}' at '{path}' failed to satisfy constraint: {said}"
    )


def test_an_environment_name_must_be_a_name(world: World) -> None:
    message = world.refused("CreateModel", ModelName="m", PrimaryContainer={"Image": "i", "Environment": {"1A": "x"}})
    assert "at 'primaryContainer.environment' failed to satisfy constraint: Map keys must satisfy" in message
    assert "[a-zA-Z_][a-zA-Z0-9_]*" in message


def test_an_environment_value_may_be_only_so_long(world: World) -> None:
    message = world.refused(
        "CreateModel", ModelName="m", PrimaryContainer={"Image": "i", "Environment": {"A": "x" * 1025}}
    )
    assert message.endswith("Map value must satisfy constraint: [Member must have length less than or equal to 1024]")


def test_a_list_may_be_only_so_long(world: World) -> None:
    message = world.refused("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[])
    assert message.endswith("Member must have length greater than or equal to 1")


def test_a_member_that_the_api_does_not_have_is_refused_with_the_nearest(world: World) -> None:
    message = world.refused("CreateModel", ModelName="m", ExecutionRole=ROLE)
    assert message.startswith('Unknown parameter in input: "ExecutionRole", must be one of: ModelName, ')
    assert message.endswith('Did you mean "ExecutionRoleArn"?')


def test_null_is_the_same_as_absent() -> None:
    request = SHAPES.checked("ListModels", {"NameContains": None, "MaxResults": 5})
    assert request == {"MaxResults": 5}


def test_a_whole_float_is_an_integer_as_json_has_one_kind_of_number() -> None:
    request = SHAPES.checked("ListModels", {"MaxResults": 5.0})
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
def test_tag_keys_may_have_letters_of_every_script(key: str) -> None:
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
