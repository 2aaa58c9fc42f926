"""Search, by the sentences of the API reference of Search, Filter, NestedFilters and SearchExpression."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import IMAGE, PREFIX, ROLE, World

ARTIFACT = {"ModelArtifacts": {"S3ModelArtifacts": "s3://models/job/output/model.tar.gz"}}
ALGORITHM = {"AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"}}


def channel(name: str, uri: str) -> dict[str, Any]:
    return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}


JOBS: dict[str, dict[str, Any]] = {
    "slow": {
        "HyperParameters": {"learning_rate": "0.1", "booster": "gbtree"},
        "InputDataConfig": [channel("train", "s3://cats/"), channel("test", "s3://dogs/")],
        "FinalMetricDataList": [{"MetricName": "accuracy", "Value": 0.95, "Timestamp": 1700000000}],
        "EnableNetworkIsolation": True,
        "BillableTimeInSeconds": 100,
    },
    "fast": {
        "HyperParameters": {"learning_rate": "1.9"},
        "InputDataConfig": [channel("train", "s3://dogs/")],
        "FinalMetricDataList": [{"MetricName": "accuracy", "Value": 0.5, "Timestamp": 1700000000}],
        "TrainingJobStatus": "Failed",
        "BillableTimeInSeconds": 10,
    },
    "bare": {"RoleArn": ROLE},
}


def filtered(name: str, operator: str | None = None, value: str | None = None) -> dict[str, Any]:
    given = {"Name": name, "Operator": operator, "Value": value}
    return {key: text for key, text in given.items() if text is not None}


def found(world: World, kind: str = "TrainingJob", **params: Any) -> list[str]:
    results = world.call("Search", Resource=kind, **params)["Results"]
    key = {"ModelPackage": "ModelPackageArn"}.get(kind, f"{kind}Name")
    return [result[kind][key].removeprefix(f"{PREFIX}model-package/") for result in results]


@pytest.fixture
def trained(world: World) -> World:
    """Three jobs, a minute apart, the first with the tag `team`."""
    for name, fields in JOBS.items():
        world.sagemaker.register_training_job(name, ARTIFACT | ALGORITHM | fields)
        world.clock.time += timedelta(minutes=1)
    world.call("AddTags", ResourceArn=f"{PREFIX}training-job/slow", Tags=[{"Key": "team", "Value": "red"}])
    return world


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (filtered("TrainingJobName", "Equals", "slow"), ["slow"]),
        (filtered("TrainingJobName", None, "slow"), ["slow"]),  # "If you specify a Value, but not an Operator"
        (filtered("TrainingJobName", "NotEquals", "slow"), ["fast", "bare"]),
        (filtered("TrainingJobName", "Contains", "s"), ["slow", "fast"]),
        (filtered("TrainingJobName", "In", "slow,bare"), ["slow", "bare"]),
        (filtered("TrainingJobStatus", "Equals", "Failed"), ["fast"]),
        (filtered("BillableTimeInSeconds", "GreaterThan", "10"), ["slow"]),
        (filtered("BillableTimeInSeconds", "GreaterThanOrEqualTo", "10"), ["slow", "fast"]),
        (filtered("BillableTimeInSeconds", "LessThan", "100"), ["fast"]),
        (filtered("BillableTimeInSeconds", "LessThanOrEqualTo", "100.0"), ["slow", "fast"]),
        (filtered("CreationTime", "GreaterThan", "2026-11-01T12:00:30"), ["fast", "bare"]),
        (filtered("EnableNetworkIsolation", "Equals", "true"), ["slow"]),
        (filtered("RoleArn", "Exists"), ["bare"]),
        (filtered("HyperParameters", "NotExists"), ["bare"]),
        (filtered("Metrics.accuracy", "GreaterThan", "0.9"), ["slow"]),
        (filtered("HyperParameters.learning_rate", "LessThan", "0.5"), ["slow"]),
        # "If the specified Value is an integer, the decimal hyperparameter values are treated as integers."
        (filtered("HyperParameters.learning_rate", "Equals", "1"), ["fast"]),
        (filtered("HyperParameters.learning_rate", "Equals", "1.0"), []),
        (filtered("HyperParameters.booster", "Equals", "gbtree"), ["slow"]),
        (filtered("HyperParameters.booster", "Contains", "tree"), ["slow"]),
        (filtered("Tags.team", "Equals", "red"), ["slow"]),
        (filtered("InputDataConfig.ChannelName", "Equals", "test"), ["slow"]),
    ],
    ids=lambda value: str(value)[:90],
)
def test_a_filter_compares_by_the_type_of_its_property(trained: World, one: dict[str, Any], names: list[str]) -> None:
    assert sorted(found(trained, SearchExpression={"Filters": [one]})) == sorted(names)


def test_a_nested_filter_is_satisfied_by_one_object_of_a_list(trained: World) -> None:
    filters = [
        filtered("InputDataConfig.ChannelName", "Equals", "train"),
        filtered("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", "dogs"),
    ]
    nested = [{"NestedPropertyName": "InputDataConfig", "Filters": filters}]

    assert found(trained, SearchExpression={"NestedFilters": nested}) == ["fast"]
    assert sorted(found(trained, SearchExpression={"Filters": filters})) == ["fast", "slow"]


def test_expressions_are_combined(trained: World) -> None:
    slow, failed = filtered("TrainingJobName", "Equals", "slow"), filtered("TrainingJobStatus", "Equals", "Failed")

    assert found(trained, SearchExpression={"Filters": [slow, failed]}) == []
    assert found(trained, SearchExpression={"Filters": [slow, failed], "Operator": "Or"}) == ["fast", "slow"]
    either = {"Filters": [slow, failed], "Operator": "Or"}
    billed = filtered("BillableTimeInSeconds", "LessThan", "50")
    assert found(trained, SearchExpression={"SubExpressions": [either], "Filters": [billed]}) == ["fast"]


def test_results_are_sorted_and_paged_with_their_number(trained: World) -> None:
    assert found(trained) == ["bare", "fast", "slow"]  # "The default is LastModifiedTime", "The default is Descending"
    assert found(trained, SortBy="TrainingJobName", SortOrder="Ascending") == ["bare", "fast", "slow"]
    assert found(trained, SortBy="BillableTimeInSeconds")[:2] == ["slow", "fast"]

    first = trained.call("Search", Resource="TrainingJob", MaxResults=2)
    assert first["TotalHits"] == {"Value": 3, "Relation": "EqualTo"}
    assert found(trained, MaxResults=2, NextToken=first["NextToken"]) == ["slow"]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ({}, "at least one subexpression, filter, or nested filter"),
        ({"Filters": [filtered("NoSuch", "Equals", "x")]}, "Unknown property name: NoSuch"),
        ({"Filters": [filtered("ModelPackageName", "Equals", "x")]}, "Unknown property name: ModelPackageName"),
        ({"Filters": [filtered("TrainingJobName", "LessThan", "x")]}, "not supported for the text property"),
        ({"Filters": [filtered("BillableTimeInSeconds", "Contains", "1")]}, "only supported for text properties"),
        ({"Filters": [filtered("BillableTimeInSeconds", "Equals", "many")]}, '"many" is no'),
        ({"Filters": [filtered("CreationTime", "LessThan", "yesterday")]}, '"yesterday" is no'),
        ({"Filters": [filtered("TrainingJobName", "Equals")]}, "needs a Value"),
        (
            {"Filters": [filtered("TrainingJobName", "Contains", "a"), filtered("RoleArn", "Contains", "b")]},
            "'CONTAINS' operator usage limit of 1 exceeded.",
        ),
        (
            {"SubExpressions": [{"Filters": [filtered("TrainingJobName", "Equals", "a")] * 17}] * 3},
            "at most 50 filters; this one has 51",
        ),
        (
            {"NestedFilters": [{"NestedPropertyName": "RoleArn", "Filters": [filtered("RoleArn", "Exists")]}]},
            "no property with nested objects",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_invalid_expression_is_refused(trained: World, expression: dict[str, Any], words: str) -> None:
    assert words in trained.refused("Search", Resource="TrainingJob", SearchExpression=expression)


def test_packages_and_groups_are_searched_with_their_tags(world: World) -> None:
    for name in ("digits", "letters"):
        world.call("CreateModelPackageGroup", ModelPackageGroupName=name, Tags=[{"Key": "team", "Value": name}])
        world.clock.time += timedelta(seconds=1)
    specification = {"Containers": [{"Image": IMAGE}]}
    for status in ("Approved", "Rejected"):
        fields = {"ModelApprovalStatus": status, "InferenceSpecification": specification}
        world.call("CreateModelPackage", ModelPackageGroupName="digits", **fields)

    approved = {
        "Filters": [
            filtered("ModelPackageGroupName", "Equals", "digits"),
            filtered("ModelApprovalStatus", "Equals", "Approved"),
        ]
    }
    assert found(world, "ModelPackage", SearchExpression=approved) == ["digits/1"]
    assert found(world, "ModelPackageGroup") == ["letters", "digits"]
    of_digits = {"Filters": [filtered("Tags.team", "Equals", "digits")]}
    assert found(world, "ModelPackageGroup", SearchExpression=of_digits) == ["digits"]
    assert found(world, "ModelPackageGroup", CrossAccountFilterOption="CrossAccount") == []
    visible = [{"Key": "Tags.team", "Value": "letters"}]
    assert found(world, "ModelPackageGroup", VisibilityConditions=visible) == ["letters"]
    assert found(world, "ModelPackage", VisibilityConditions=visible) == ["digits/2", "digits/1"]


def test_what_is_not_searched_here_is_named(world: World) -> None:
    assert world.refused("Search", Resource="Experiment") == (
        "The local SageMaker searches ModelPackage, ModelPackageGroup, TrainingJob, and no Experiment."
    )
