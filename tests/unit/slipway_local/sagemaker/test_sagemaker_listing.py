"""Filters, order and pages of the List operations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.slipway_local.sagemaker.world import IMAGE, START, World

from slipway_local.ports import HostingFailed

OPERATIONS = {
    "ListModels": ("Models", "ModelName"),
    "ListEndpointConfigs": ("EndpointConfigs", "EndpointConfigName"),
    "ListEndpoints": ("Endpoints", "EndpointName"),
}


def names(world: World, operation: str = "ListModels", **params: Any) -> list[str]:
    items, name = OPERATIONS[operation]
    return [item[name] for item in world.call(operation, **params)[items]]


def models_a_second_apart(world: World, *models: str) -> None:
    for name in models:
        world.call("CreateModel", ModelName=name, PrimaryContainer={"Image": IMAGE})
        world.clock.time += timedelta(seconds=1)


def all_three(world: World, *endpoints: str) -> None:
    world.model()
    for name in endpoints:
        world.config(name)
        world.endpoint(name, name)
        world.clock.time += timedelta(seconds=1)


def test_the_default_order_is_newest_first(world: World) -> None:
    models_a_second_apart(world, "b", "c", "a")
    assert names(world) == ["a", "c", "b"]
    assert names(world, SortOrder="Ascending") == ["b", "c", "a"]
    assert names(world, SortBy="Name") == ["c", "b", "a"]
    assert names(world, SortBy="Name", SortOrder="Ascending") == ["a", "b", "c"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_part_of_the_name_and_times_filter_every_listing(world: World, operation: str) -> None:
    all_three(world, "red-1", "blue-1", "red-2")
    models_a_second_apart(world, "red-1", "blue-1", "red-2")
    assert sorted(names(world, operation, NameContains="red")) == ["red-1", "red-2"]
    assert names(world, operation, CreationTimeBefore=START.timestamp() - 1) == []
    shown = sorted(names(world, operation, CreationTimeAfter=START.timestamp()))
    assert [name for name in shown if name != "model-1"] == ["blue-1", "red-1", "red-2"]


def test_after_includes_its_moment_and_before_does_not(world: World) -> None:
    models_a_second_apart(world, "a", "b", "c")
    second = START.timestamp() + 1
    assert names(world, CreationTimeAfter=second) == ["c", "b"]
    assert names(world, CreationTimeBefore=second) == ["a"]


def test_endpoints_are_filtered_by_status_and_by_their_last_change(world: World) -> None:
    all_three(world, "a", "b")
    world.hosting.failures.append(HostingFailed("no"))
    world.finish()
    assert names(world, "ListEndpoints", StatusEquals="Failed") == ["a"]
    assert names(world, "ListEndpoints", StatusEquals="InService") == ["b"]
    assert names(world, "ListEndpoints", StatusEquals="Creating") == []
    assert names(world, "ListEndpoints", SortBy="Status", SortOrder="Ascending") == ["a", "b"]
    changed = {item["EndpointName"]: item["LastModifiedTime"] for item in endpoints(world)}
    assert names(world, "ListEndpoints", LastModifiedTimeAfter=changed["b"]) == ["b"]
    assert names(world, "ListEndpoints", LastModifiedTimeBefore=changed["b"]) == ["a"]


def endpoints(world: World) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = world.call("ListEndpoints")["Endpoints"]
    return items


def test_the_default_page_size_is_ten(world: World) -> None:
    models_a_second_apart(world, *(f"m{n:02}" for n in range(12)))
    first = world.call("ListModels")
    assert len(first["Models"]) == 10
    second = world.call("ListModels", NextToken=first["NextToken"])
    assert [m["ModelName"] for m in second["Models"]] == ["m01", "m00"]
    assert "NextToken" not in second
    assert "NextToken" not in world.call("ListModels", MaxResults=12)


@pytest.mark.parametrize("size", [0, 101])
def test_a_page_has_1_to_100_items(world: World, size: int) -> None:
    assert f"Value '{size}' at 'maxResults'" in world.refused("ListModels", MaxResults=size)


@pytest.mark.parametrize("token", ["x", "", "e30=", "bnVsbA==", "é"])
def test_a_foreign_token_is_refused(world: World, token: str) -> None:
    assert world.refused("ListModels", NextToken=token).startswith("Invalid NextToken")


def test_a_token_of_another_order_is_refused(world: World) -> None:
    models_a_second_apart(world, "a", "b")
    token = world.call("ListModels", MaxResults=1)["NextToken"]
    assert world.refused("ListModels", SortBy="Name", NextToken=token).startswith("Invalid NextToken")


@given(
    count=st.integers(0, 25),
    size=st.integers(1, 7),
    order=st.sampled_from(["Ascending", "Descending"]),
    key=st.sampled_from(["Name", "CreationTime"]),
    deleted=st.sets(st.integers(0, 24)),
)
def test_pages_list_every_remaining_item_once_during_deletions(
    count: int, size: int, order: str, key: str, deleted: set[int]
) -> None:
    world = World()
    for n in range(count):  # all at the same moment: names must break the tie
        world.call("CreateModel", ModelName=f"m{n:02}", PrimaryContainer={"Image": IMAGE})
    query: dict[str, Any] = {"MaxResults": size, "SortOrder": order, "SortBy": key}
    seen: list[str] = []
    doomed = [f"m{n:02}" for n in deleted if n < count]
    while True:
        page = world.call("ListModels", **query)
        seen += [model["ModelName"] for model in page["Models"]]
        if doomed:
            world.call("DeleteModel", ModelName=doomed.pop())
        if "NextToken" not in page:
            break
        query["NextToken"] = page["NextToken"]
    stayed = {f"m{n:02}" for n in range(count) if n not in deleted}
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)
    assert seen == sorted(seen, reverse=order == "Descending")
