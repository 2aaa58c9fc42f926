"""Containers: each has a source, an image and an environment of its own, and its model is one."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.aws.retry import ONCE
from slipway.deployment.deployment import Deployment
from slipway.deployment.plan import Plan
from slipway.deployment.tags import ARTIFACT, LISTING
from slipway.errors import ArtifactNotFound, FieldInvalid, FieldMissing, FieldsConflict, FieldUnknown
from slipway.failure.remove_failed_deployment import RemovalServices, remove_failed_deployment
from slipway.hosting.create_endpoint_config import create_endpoint_config
from slipway.hosting.create_model import CreateModelOutput, create_model
from slipway.images.plan_image import resolve_image_of
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check
from slipway.planning.plan_deployment import plan_deployment
from slipway.preflight.inspect_artifact import inspect_artifact
from slipway.versions.in_use import VersionAws
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.archives import tar_gz
from tests.fakes.inference_components import FakeInferenceComponents
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.fakes.sources import FakeSources
from tests.fakes.storage import FakeStorage
from tests.unit.execution import execution

SCALER = {"ModelDataUrl": "s3://models/scaler.tar.gz", "Framework": "sklearn", "Environment": {"STEP": "first"}}
BOOSTER = {"ModelDataUrl": "s3://models/booster.tar.gz", "Framework": "xgboost"}
PIPELINE: dict[str, Any] = {
    "EndpointName": "pipeline",
    "Containers": [SCALER, BOOSTER],
    "InstanceType": "ml.m5.large",
}
NAMED = {"Containers": [SCALER | {"ContainerHostname": "scaler"}, BOOSTER | {"ContainerHostname": "booster"}]}


@pytest.fixture
def storage() -> FakeStorage:
    made = FakeStorage()
    made.make_bucket("models")
    made.put("models", "scaler.tar.gz", tar_gz({"code/inference.py": b"", "scaler.joblib": b"s"}))
    made.put("models", "booster.tar.gz", tar_gz({"xgboost-model": b"b"}))
    made.put("models", "llm/config.json", b"{}")
    return made


def plan_of(document: dict[str, Any]) -> Plan:
    return plan_deployment(document, execution(), FakeStorage().side_file, FakeSources(), SETTINGS)


def deployment_of(storage: FakeStorage, document: dict[str, Any] = PIPELINE) -> Deployment:
    plan, role = plan_of(document), SETTINGS.execution_role_arn
    artifact = inspect_artifact(plan, storage, FakeExecutionRoles(role), FakeInstanceQuotas(), SETTINGS)
    return Deployment(plan, artifact, execution(), SETTINGS)


def created(storage: FakeStorage, sagemaker: FakeSageMaker, document: dict[str, Any] = PIPELINE) -> CreateModelOutput:
    deployment = deployment_of(storage, document)
    return create_model(deployment, resolve_image_of(deployment.plan, SETTINGS), sagemaker, sagemaker.archives)


def test_each_container_has_its_own_image_archive_and_environment(
    storage: FakeStorage, sagemaker: FakeSageMaker
) -> None:
    model = created(storage, sagemaker)

    described = sagemaker.describe_model(model["ModelName"])
    first, second = described["Containers"]
    assert "PrimaryContainer" not in described
    assert "sagemaker-scikit-learn" in first["Image"]
    assert "xgboost" in second["Image"]
    assert (first["Environment"]["STEP"], "STEP" in second["Environment"]) == ("first", False)
    # As sagemaker.model.FrameworkModel sets it, for the archive that brings a program alone.
    assert ("SAGEMAKER_PROGRAM" in first["Environment"], "SAGEMAKER_PROGRAM" in second["Environment"]) == (True, False)
    copies = [one["ModelDataSource"]["S3DataSource"]["S3Uri"] for one in (first, second)]
    keys = [f"deployed/{model['ModelName']}/{position}/model.tar.gz" for position in (1, 2)]
    assert copies == [f"s3://{SETTINGS.model_bucket}/{key}" for key in keys]
    assert sorted(sagemaker.archives.kept) == keys
    assert sagemaker.tags(model["ModelArn"])[ARTIFACT] == "s3://models/scaler.tar.gz s3://models/booster.tar.gz"


def test_the_order_the_archives_and_the_mode_name_the_model(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    documents = [
        PIPELINE,
        PIPELINE,
        PIPELINE | {"Containers": [BOOSTER, SCALER]},
        PIPELINE | NAMED,
        PIPELINE | NAMED | {"InferenceExecutionConfig": {"Mode": "Direct"}},
    ]
    names = [created(storage, sagemaker, document)["ModelName"] for document in documents]
    storage.put("models", "booster.tar.gz", tar_gz({"xgboost-model": b"better"}))
    names.append(created(storage, sagemaker)["ModelName"])

    assert names[0] == names[1]
    assert len(set(names)) == 5
    assert sagemaker.describe_model(names[4])["InferenceExecutionConfig"] == {"Mode": "Direct"}


def test_a_prefix_of_one_container_is_not_copied_and_its_listing_is_kept(
    storage: FakeStorage, sagemaker: FakeSageMaker
) -> None:
    document = PIPELINE | {"Containers": [SCALER, {"ModelDataUrl": "s3://models/llm/", "Framework": "sklearn"}]}
    deployment = deployment_of(storage, document)
    model = created(storage, sagemaker, document)
    config = create_endpoint_config(deployment, model["Models"], sagemaker)

    assert list(sagemaker.archives.kept) == [f"deployed/{model['ModelName']}/1/model.tar.gz"]
    assert deployment.artifact is not None
    digest = deployment.artifact["Parts"][1]["ETag"]
    assert sagemaker.tags(config["EndpointConfigArn"])[LISTING] == digest


def test_a_failed_deployment_removes_the_copies_of_every_container(
    storage: FakeStorage, sagemaker: FakeSageMaker
) -> None:
    deployment = deployment_of(storage)
    image = resolve_image_of(deployment.plan, SETTINGS)
    model = create_model(deployment, image, sagemaker, sagemaker.archives)
    versions = VersionAws(sagemaker, sagemaker.archives, sagemaker, sagemaker, ONCE)
    components = FakeInferenceComponents(sagemaker)
    aws = RemovalServices(versions, sagemaker.scaling, sagemaker.describe_execution, components)

    removal = remove_failed_deployment(deployment, image, was_updated=False, aws=aws)

    assert f"Model {model['ModelName']}" in removal["Removed"]
    assert sagemaker.archives.kept == {}


def test_an_archive_of_any_container_is_inspected(storage: FakeStorage) -> None:
    storage.remove_object("models", "booster.tar.gz")

    with pytest.raises(ArtifactNotFound, match=r"booster\.tar\.gz"):
        deployment_of(storage)


def test_the_account_is_checked_once(storage: FakeStorage) -> None:
    quotas = FakeInstanceQuotas(default=None)
    artifact = inspect_artifact(
        plan_of(PIPELINE), storage, FakeExecutionRoles(SETTINGS.execution_role_arn), quotas, SETTINGS
    )

    assert [warning for warning in artifact["Warnings"] if "Service Quotas" in warning] == [
        'Service Quotas lists no "ml.m5.large for endpoint usage"; it was not checked.'
    ]


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"Containers": [SCALER]}, FieldInvalid, "must have at least 2 items"),
        ({"Containers": [SCALER, BOOSTER | {"InstanceType": "ml.m5.large"}]}, FieldUnknown, "Containers[1].Instance"),
        ({"Containers": [SCALER, {"Framework": "xgboost"}]}, FieldMissing, "Containers[1]: ModelDataUrl is missing"),
        (
            {"Containers": [SCALER, BOOSTER | {"ImageUri": "1.dkr.ecr.us-east-1.amazonaws.com/a:1"}]},
            FieldsConflict,
            "Containers[1]: Framework and ImageUri",
        ),
        (
            {"Containers": [SCALER, BOOSTER | {"Environment": {"HF_TOKEN": "hf_x"}}]},
            FieldInvalid,
            "Containers[1]: Environment.HF_TOKEN",
        ),
        ({"ModelPackageArn": "arn:aws:sagemaker:us-east-1:1:model-package/m/1"}, FieldInvalid, "ModelPackageArn"),
    ],
    ids=["one", "hosting", "no source", "two images", "credential", "package"],
)
def test_what_a_container_cannot_have_is_refused_by_its_position(
    fields: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refused:
        check_rules(check(PIPELINE | fields))

    assert words in str(refused.value)
