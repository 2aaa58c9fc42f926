"""ResolveImage: the plan's hosting decides which image serves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slipway.deployment.limits import Limits
from slipway.images.errors import ImageRegionMismatch, ServerlessImageOfAnotherAccount
from slipway.images.plan_image import first_instance_type, resolve_image_of
from tests.fakes.services import SETTINGS
from tests.unit.execution import plan_of

OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com/digits:1.0.0"
HUGGING_FACE: dict[str, Any] = {
    "Framework": "huggingface",
    "FrameworkVersion": "4.26.0",
    "PyVersion": "py39",
    "BaseFrameworkVersion": "pytorch1.13.1",
}


def test_a_custom_image_is_used_unchanged() -> None:
    assert resolve_image_of(plan_of(ImageUri=OWN), SETTINGS) == {"ImageUri": OWN, "Defaulted": []}


def test_an_image_in_another_region_is_refused() -> None:
    with pytest.raises(ImageRegionMismatch):
        resolve_image_of(plan_of(ImageUri=OWN.replace("us-east-1", "eu-west-1")), SETTINGS)


@pytest.mark.parametrize(("instance_type", "processor"), [("ml.m5.large", "-cpu-"), ("ml.g5.xlarge", "-gpu-")])
def test_the_instance_type_decides_the_processor(instance_type: str, processor: str) -> None:
    assert processor in resolve_image_of(plan_of(**HUGGING_FACE, InstanceType=instance_type), SETTINGS)["ImageUri"]


def test_the_first_instance_pool_by_priority_decides_and_serverless_hosting_has_no_instance_type() -> None:
    pools = [{"InstanceType": "ml.m5.large", "Priority": 2}, {"InstanceType": "ml.g5.xlarge", "Priority": 1}]

    assert first_instance_type({"InstancePools": pools}) == "ml.g5.xlarge"
    assert first_instance_type({"ServerlessConfig": {}}) is None


def test_defaulted_fields_are_listed() -> None:
    image = resolve_image_of(plan_of(Framework="xgboost"), SETTINGS)

    assert "FrameworkVersion" in image["Defaulted"]


SERVERLESS: dict[str, Any] = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
IN_ITS_ACCOUNT = replace(SETTINGS, limits=Limits(account_id="111122223333"))
FOREIGN = OWN.replace("111122223333", "444455556666")


def test_a_serverless_endpoint_takes_images_of_aws_and_of_its_account_only() -> None:
    """AWS's refusal: https://github.com/aws/amazon-sagemaker-feedback/issues/181."""
    resolve_image_of(plan_of(ImageUri=OWN, **SERVERLESS), IN_ITS_ACCOUNT)
    resolve_image_of(plan_of(Framework="sklearn", **SERVERLESS), IN_ITS_ACCOUNT)
    resolve_image_of(plan_of(ImageUri=FOREIGN), IN_ITS_ACCOUNT)

    with pytest.raises(ServerlessImageOfAnotherAccount, match="registry of account 444455556666"):
        resolve_image_of(plan_of(ImageUri=FOREIGN, **SERVERLESS), IN_ITS_ACCOUNT)
