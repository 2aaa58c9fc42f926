"""CreateModel: created once by content, however many callers ask and however often; and what both creations share."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.aws.model_archives import model_archive_keys
from slipway.deployment.tags import ARTIFACT, EXECUTION, STACK
from slipway.errors import (
    ModelNameTaken,
    NotFound,
    RoleNotAssumable,
    ServiceUnavailable,
    SlipwayError,
)
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.unit.deployments import Deployment
from tests.unit.execution import IMAGE


def test_the_model_is_made_of_the_image_and_its_own_copy_of_the_archive(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, etag="one")
    model = deployment.model()

    made = sagemaker.describe_model(model["ModelName"])
    source = made["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert made["PrimaryContainer"]["Image"] == IMAGE
    assert (source["S3Uri"], source["ETag"]) == (
        f"s3://{SETTINGS.model_bucket}/{model_archive_keys(model['ModelName'], 1)[0]}",
        "one",
    )
    assert deployment.archives.kept == {model_archive_keys(model["ModelName"], 1)[0]: "one"}
    assert made["ModelArn"] == model["ModelArn"]


def test_the_model_bears_its_makers_marks_and_the_users_tags(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, Tags=[{"Key": "team", "Value": "vision"}])

    tags = sagemaker.tags(deployment.model()["ModelArn"])

    assert (tags["team"], tags[STACK]) == ("vision", "slipway")
    assert tags[EXECUTION] == deployment.execution["Id"]
    assert tags[ARTIFACT] == "s3://models/digits/model.tar.gz"


@pytest.mark.parametrize("environment", [{}, {"LOG_LEVEL": "info"}])
def test_the_same_model_is_found_made(sagemaker: FakeSageMaker, environment: dict[str, str]) -> None:
    first = Deployment(sagemaker, "first", Environment=environment).model()

    assert Deployment(sagemaker, "second", minutes=1, Environment=environment).model() == first
    assert len(sagemaker.names("model")) == 1


@pytest.mark.parametrize(
    "other",
    [{"etag": "two"}, {"Environment": {"LOG_LEVEL": "debug"}}, {"EnableNetworkIsolation": True}],
    ids=["archive", "environment", "isolation"],
)
def test_another_model_has_another_name(sagemaker: FakeSageMaker, other: dict[str, Any]) -> None:
    Deployment(sagemaker, Environment={"LOG_LEVEL": "info"}).model()

    Deployment(sagemaker, **({"Environment": {"LOG_LEVEL": "info"}} | other)).model()

    assert len(sagemaker.names("model")) == 2


def test_a_model_of_that_name_that_is_another_is_not_used(sagemaker: FakeSageMaker) -> None:
    name = Deployment(FakeSageMaker()).model()["ModelName"]
    sagemaker.create_model({"ModelName": name, "PrimaryContainer": {"Image": "image:1"}}, [])

    with pytest.raises(ModelNameTaken) as caught:
        Deployment(sagemaker).model()

    assert str(caught.value) == (
        f"A model named {name} exists with different content: delete it, or deploy under another EndpointName."
    )


@pytest.mark.parametrize("step", ["create_model", "create_endpoint_config"])
def test_what_a_lost_answer_made_is_found_by_the_retry(sagemaker: FakeSageMaker, step: str) -> None:
    deployment = Deployment(sagemaker)
    sagemaker.faults.lose(step)

    with pytest.raises(ServiceUnavailable):
        deployment.config()
    config = deployment.config()

    assert sagemaker.names("endpoint-config") == [config["EndpointConfigName"]]
    assert len(sagemaker.names("model")) == 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("create_model", RoleNotAssumable("Could not assume role")),
        ("create_endpoint_config", NotFound("Could not find model")),
    ],
)
def test_a_refusal_of_sagemaker_is_raised(sagemaker: FakeSageMaker, step: str, error: SlipwayError) -> None:
    sagemaker.faults.fail(step, error)

    with pytest.raises(type(error)):
        Deployment(sagemaker).config()
