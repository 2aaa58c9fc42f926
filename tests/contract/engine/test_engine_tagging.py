"""SageMaker's resources in the Resource Groups Tagging API."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.engine.laptop import REGION, Laptop

from slipway_local.engine.settings import ACCOUNT_ID

OURS = [{"Key": "slipway:stack", "Values": ["tagging-test"]}]


@pytest.fixture(scope="session")
def configs(laptop: Laptop, echo: str) -> list[str]:
    """The ARNs of seven tagged configurations of the endpoint's model, in the order of their names."""
    variant = {"VariantName": "v", "ModelName": echo, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    tags = [{"Key": "slipway:stack", "Value": "tagging-test"}]
    return [
        laptop.client("sagemaker").create_endpoint_config(
            EndpointConfigName=f"tagged-{n}", ProductionVariants=[variant], Tags=tags
        )["EndpointConfigArn"]
        for n in range(7)
    ]


def found(laptop: Laptop, **arguments: Any) -> list[str]:
    pages = laptop.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(**arguments)
    return [each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]]


def test_resources_are_found_by_tag_and_type_a_page_at_a_time(laptop: Laptop, configs: list[str]) -> None:
    tagging = laptop.client("resourcegroupstaggingapi")

    first = tagging.get_resources(TagFilters=OURS, ResourcesPerPage=3)

    assert [each["ResourceARN"] for each in first["ResourceTagMappingList"]] == configs[:3]
    assert found(laptop, TagFilters=OURS, ResourcesPerPage=3) == configs
    assert found(laptop, TagFilters=OURS, ResourceTypeFilters=["sagemaker:endpoint-config"]) == configs
    assert found(laptop, TagFilters=OURS, ResourceTypeFilters=["sagemaker:endpoint", "lambda"]) == []


def test_what_add_tags_and_delete_tags_change_is_seen(laptop: Laptop, echo: str) -> None:
    sagemaker = laptop.client("sagemaker")
    arn = sagemaker.describe_endpoint(EndpointName=echo)["EndpointArn"]
    filters = [{"Key": "seen", "Values": ["yes"]}]

    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "seen", "Value": "yes"}])
    added = found(laptop, TagFilters=filters, ResourceTypeFilters=["sagemaker:endpoint"])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["seen"])

    assert added == [arn]
    assert found(laptop, TagFilters=filters) == []


def test_tags_can_be_written_through_it(laptop: Laptop, echo: str) -> None:
    sagemaker, tagging = laptop.client("sagemaker"), laptop.client("resourcegroupstaggingapi")
    arn = sagemaker.describe_model(ModelName=echo)["ModelArn"]
    missing = f"arn:aws:sagemaker:{REGION}:{ACCOUNT_ID}:model/missing"

    failed = tagging.tag_resources(ResourceARNList=[arn, missing], Tags={"through": "tagging"})["FailedResourcesMap"]
    tagged = sagemaker.list_tags(ResourceArn=arn)["Tags"]
    tagging.untag_resources(ResourceARNList=[arn], TagKeys=["through"])

    assert list(failed) == [missing]
    assert tagged == [{"Key": "through", "Value": "tagging"}]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_a_page_of_more_than_a_hundred_is_refused(laptop: Laptop) -> None:
    with pytest.raises(ClientError) as refused:
        laptop.client("resourcegroupstaggingapi").get_resources(ResourcesPerPage=101)

    assert refused.value.response["Error"]["Code"] == "InvalidParameterException"
