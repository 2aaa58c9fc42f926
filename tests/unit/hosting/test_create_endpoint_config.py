"""CreateEndpointConfig: the hosting settings, made once by content."""

from __future__ import annotations

import pytest

from slipway.errors import EndpointConfigNameTaken
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment


def test_the_configuration_holds_the_hosting_settings(sagemaker: FakeSageMaker) -> None:
    config = Deployment(sagemaker, InstanceType="ml.c5.large", VolumeSizeInGB=30, KmsKeyId="alias/key").config()

    made = sagemaker.describe_endpoint_config(config["EndpointConfigName"])
    assert made["ProductionVariants"] == [
        {
            "VariantName": "AllTraffic",
            "ModelName": sagemaker.names("model")[0],
            "InitialVariantWeight": 1.0,
            "InstanceType": "ml.c5.large",
            "InitialInstanceCount": 1,
            "VolumeSizeInGB": 30,
        }
    ]
    assert made["KmsKeyId"] == "alias/key"


def test_the_same_configuration_is_found_made_and_another_has_another_name(sagemaker: FakeSageMaker) -> None:
    first = Deployment(sagemaker).config()

    assert Deployment(sagemaker, "second", minutes=1).config() == first
    assert Deployment(sagemaker, "third", InitialInstanceCount=2).config() != first
    assert (len(sagemaker.names("model")), len(sagemaker.names("endpoint-config"))) == (1, 2)


def test_a_configuration_of_that_name_that_is_another_is_not_used(sagemaker: FakeSageMaker) -> None:
    name = Deployment(FakeSageMaker()).config()["EndpointConfigName"]
    sagemaker.create_endpoint_config({"EndpointConfigName": name, "ProductionVariants": []}, [])

    with pytest.raises(EndpointConfigNameTaken) as caught:
        Deployment(sagemaker).config()

    assert str(caught.value) == (
        f"An endpoint configuration named {name} exists with different content: delete it, "
        "or deploy under another EndpointName."
    )
