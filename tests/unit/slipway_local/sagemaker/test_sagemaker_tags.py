from __future__ import annotations

from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import PREFIX, World

ARN = f"{PREFIX}model/model-1"


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def listed(world: World, arn: str = ARN) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in world.call("ListTags", ResourceArn=arn)["Tags"]}


def test_all_three_kinds_of_resource_are_created_with_tags(world: World) -> None:
    world.model(Tags=tags(kind="model"))
    world.config(Tags=tags(kind="config"))
    world.endpoint(Tags=tags(kind="endpoint"))
    for path, kind in (("model/model-1", "model"), ("endpoint-config/config-1", "config")):
        assert listed(world, PREFIX + path) == {"kind": kind}
    assert listed(world, f"{PREFIX}endpoint/endpoint-1") == {"kind": "endpoint"}


def test_adding_overwrites_and_keeps_the_others(world: World) -> None:
    world.model(Tags=tags(a="1", b="2"))
    answer = world.call("AddTags", ResourceArn=ARN, Tags=tags(b="3", c="4"))
    assert listed(world) == {"a": "1", "b": "3", "c": "4"}
    assert {tag["Key"]: tag["Value"] for tag in answer["Tags"]} == listed(world)


def test_deleting_removes_the_named_keys_and_ignores_others(world: World) -> None:
    world.model(Tags=tags(a="1", b="2"))
    assert world.call("DeleteTags", ResourceArn=ARN, TagKeys=["a", "never"]) == {}
    assert listed(world) == {"b": "2"}


def test_no_resource_has_more_than_50_tags(world: World) -> None:
    world.model(Tags=tags(**{f"k{n}": "" for n in range(50)}))
    world.call("AddTags", ResourceArn=ARN, Tags=tags(k1="again"))
    assert "at most 50 tags" in world.refused("AddTags", ResourceArn=ARN, Tags=tags(k50=""))
    assert len(listed(world)) == 50


@pytest.mark.parametrize(
    ("twins", "said"),
    [
        (tags(a="1", A="2"), "Duplicate tag keys found."),
        (tags(**{"aws:mine": "1"}), "aws: prefixed tag key names are not allowed"),
    ],
)
def test_tags_that_aws_refuses_create_nothing(world: World, twins: list[Any], said: str) -> None:
    request = {"ModelName": "m", "PrimaryContainer": {"Image": "i"}, "Tags": twins}
    assert said in world.refused("CreateModel", **request)
    assert world.call("ListModels") == {"Models": []}


@pytest.mark.parametrize("operation", ["AddTags", "ListTags", "DeleteTags"])
@pytest.mark.parametrize(
    ("arn", "noun"),
    [
        (f"{PREFIX}endpoint/gone", "endpoint"),
        (f"{PREFIX}transform-job/x", "resource"),
        (ARN.replace("eu-west-1", "us-east-1"), "resource"),
        (ARN.replace("111122223333", "999999999999"), "resource"),
    ],
)
def test_tags_belong_to_resources_of_this_account_and_region(world: World, operation: str, arn: str, noun: str) -> None:
    world.model()
    more: dict[str, dict[str, Any]] = {
        "AddTags": {"Tags": tags(a="1")},
        "ListTags": {},
        "DeleteTags": {"TagKeys": ["a"]},
    }
    assert world.refused(operation, ResourceArn=arn, **more[operation]) == f'Could not find {noun} "{arn}".'


def test_one_page_holds_all_tags_so_every_token_is_foreign(world: World) -> None:
    world.model()
    assert "NextToken" in world.refused("ListTags", ResourceArn=ARN, NextToken="x")
