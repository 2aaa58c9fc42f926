"""What is found made is marked, so that no cleanup under way takes it for old."""

from __future__ import annotations

from slipway.deployment.ordering import REQUESTED_AT
from slipway.deployment.tags import ENDPOINT, EXECUTION, owner_of
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.deployments import Deployment, Redeployment


def tags_of_all(sagemaker: FakeSageMaker, config_name: str) -> list[dict[str, str]]:
    config = sagemaker.describe_endpoint_config(config_name)
    model = sagemaker.describe_model(config["ProductionVariants"][0]["ModelName"])
    return [sagemaker.tags(config["EndpointConfigArn"]), sagemaker.tags(model["ModelArn"])]


def test_a_model_and_a_configuration_found_made_are_wanted_from_now_on(sagemaker: FakeSageMaker) -> None:
    first = Deployment(sagemaker, "first", minutes=-30).config()["EndpointConfigName"]
    before = tags_of_all(sagemaker, first)

    Deployment(sagemaker, "second", minutes=-20).config()

    for old, new in zip(before, tags_of_all(sagemaker, first), strict=True):
        assert new[REQUESTED_AT] > old[REQUESTED_AT]
        assert new[EXECUTION] == old[EXECUTION], "the first one created them"
        assert owner_of(old) == "arn:execution:first"
        assert owner_of(new) == "arn:execution:second", "the last one that relies on them removes them"


def test_a_late_deployment_does_not_turn_the_time_back(sagemaker: FakeSageMaker) -> None:
    first = Deployment(sagemaker, "first", minutes=-20).config()["EndpointConfigName"]
    before = tags_of_all(sagemaker, first)

    Deployment(sagemaker, "late", minutes=-30).config()

    assert tags_of_all(sagemaker, first) == before


def test_a_configuration_goes_over_to_the_endpoint_it_is_redeployed_to(sagemaker: FakeSageMaker) -> None:
    first = Deployment(sagemaker, "first", minutes=-30).deploy()["EndpointConfigName"]
    redeployment = Redeployment(sagemaker, first)
    redeployment.plan["EndpointName"] = "other"

    redeployment.turn()

    config_tags, model_tags = tags_of_all(sagemaker, first)
    assert (config_tags[ENDPOINT], model_tags[ENDPOINT]) == ("other", "digits")


def test_what_slipway_did_not_make_is_not_marked(sagemaker: FakeSageMaker) -> None:
    model = Deployment(sagemaker).model()["ModelName"]
    request = {"EndpointConfigName": "by-hand", "ProductionVariants": [{"VariantName": "v", "ModelName": model}]}
    arn = sagemaker.create_endpoint_config(request, [{"Key": "team", "Value": "vision"}])

    Redeployment(sagemaker, "by-hand").turn()

    assert sagemaker.tags(arn) == {"team": "vision"}
