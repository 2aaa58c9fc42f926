"""ProductionVariants and ShadowProductionVariants: each has a model and hosting of its own, in one configuration."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.aws.retry import ONCE
from slipway.deployment.deployment import Deployment
from slipway.deployment.limits import Limits, TooManyInstances, check_plan
from slipway.deployment.plan import Plan
from slipway.deployment.tags import ARTIFACT, ENDPOINT, MODEL, NAMED_BY, REQUESTED_BY
from slipway.errors import FieldMissing, FieldsConflict, ModelNotFound, QuotaExceeded
from slipway.failure.remove_failed_deployment import RemovalServices, remove_failed_deployment
from slipway.hosting.create_endpoint_config import create_endpoint_config
from slipway.hosting.create_model import create_model
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

A = {"VariantName": "A", "InitialVariantWeight": 0.8, "ModelDataUrl": "s3://models/a.tar.gz"}
B = {"VariantName": "B", "InitialVariantWeight": 0.2, "ModelDataUrl": "s3://models/b.tar.gz"}
SHARED = {"EndpointName": "ab", "Framework": "sklearn", "InstanceType": "ml.m5.large", "InitialInstanceCount": 2}
TEST: dict[str, Any] = SHARED | {"ProductionVariants": [A, B]}


@pytest.fixture
def storage() -> FakeStorage:
    made = FakeStorage()
    made.make_bucket("models")
    for name in ("a", "b"):
        made.put("models", f"{name}.tar.gz", tar_gz({"code/inference.py": b"", f"{name}.joblib": name.encode()}))
    return made


def plan_of(document: dict[str, Any]) -> Plan:
    return plan_deployment(document, execution(), FakeStorage().side_file, FakeSources(), SETTINGS)


def deployment_of(storage: FakeStorage, document: dict[str, Any] = TEST) -> Deployment:
    plan, role = plan_of(document), SETTINGS.execution_role_arn
    artifact = inspect_artifact(plan, storage, FakeExecutionRoles(role), FakeInstanceQuotas(), SETTINGS)
    return Deployment(plan, artifact, execution(), SETTINGS)


def configured(storage: FakeStorage, sagemaker: FakeSageMaker, document: dict[str, Any]) -> dict[str, Any]:
    """Create the models and the configuration of an input; return the configuration as it is described."""
    deployment = deployment_of(storage, document)
    image = resolve_image_of(deployment.plan, SETTINGS)
    models = create_model(deployment, image, sagemaker, sagemaker.archives)["Models"]
    config = create_endpoint_config(deployment, models, sagemaker)
    return sagemaker.describe_endpoint_config(config["EndpointConfigName"])


def test_each_variant_has_its_model_its_weight_and_what_the_whole_says(
    storage: FakeStorage, sagemaker: FakeSageMaker
) -> None:
    config = configured(storage, sagemaker, TEST)

    first, second = config["ProductionVariants"]
    assert [(one["VariantName"], one["InitialVariantWeight"]) for one in (first, second)] == [("A", 0.8), ("B", 0.2)]
    assert all(one["InstanceType"] == "ml.m5.large" and one["InitialInstanceCount"] == 2 for one in (first, second))
    models = [sagemaker.describe_model(one["ModelName"]) for one in (first, second)]
    assert [sagemaker.tags(model["ModelArn"])[ARTIFACT] for model in models] == [A["ModelDataUrl"], B["ModelDataUrl"]]
    assert all("sagemaker-scikit-learn" in model["PrimaryContainer"]["Image"] for model in models)
    tags = sagemaker.tags(config["EndpointConfigArn"])
    assert tags[MODEL] == f"{first['ModelName']} {second['ModelName']}"
    assert tags[ARTIFACT] == "s3://models/a.tar.gz s3://models/b.tar.gz"


def test_a_variant_says_otherwise_for_itself(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    xgboost = B | {"Framework": "xgboost", "InstanceType": "ml.c5.large", "InitialInstanceCount": 1}

    config = configured(storage, sagemaker, SHARED | {"ProductionVariants": [A, xgboost]})

    second = config["ProductionVariants"][1]
    assert (second["InstanceType"], second["InitialInstanceCount"]) == ("ml.c5.large", 1)
    assert "xgboost" in sagemaker.describe_model(second["ModelName"])["PrimaryContainer"]["Image"]


def test_a_model_that_exists_is_a_variant_beside_a_new_one(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    document = SHARED | {"ProductionVariants": [{"VariantName": "A", "ModelName": "ab-before"}, B]}
    with pytest.raises(ModelNotFound, match="ModelName of the variant A is ab-before"):
        configured(storage, sagemaker, document)
    assert sagemaker.archives.kept == {}
    sagemaker.create_model({"ModelName": "ab-before", "PrimaryContainer": {}}, [])

    config = configured(storage, sagemaker, document)

    assert config["ProductionVariants"][0]["ModelName"] == "ab-before"
    assert len(sagemaker.archives.kept) == 1


@pytest.mark.parametrize(
    ("endpoint", "key", "value"), [("other", NAMED_BY, "ab"), ("ab", REQUESTED_BY, execution()["Id"])]
)
def test_a_model_that_a_variant_names_is_marked_as_wanted(
    storage: FakeStorage, sagemaker: FakeSageMaker, endpoint: str, key: str, value: str
) -> None:
    tags = [{"Key": ENDPOINT, "Value": endpoint}]
    arn = sagemaker.create_model({"ModelName": "before", "PrimaryContainer": {}}, tags)

    configured(storage, sagemaker, SHARED | {"ProductionVariants": [{"VariantName": "A", "ModelName": "before"}, B]})

    assert sagemaker.tags(arn)[key] == value
    assert sagemaker.tags(arn)[ENDPOINT] == endpoint


def test_a_shadow_is_in_a_list_of_its_own(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    config = configured(storage, sagemaker, SHARED | {"ProductionVariants": [A], "ShadowProductionVariants": [B]})

    assert [one["VariantName"] for one in config["ProductionVariants"]] == ["A"]
    assert [one["VariantName"] for one in config["ShadowProductionVariants"]] == ["B"]


def test_another_weight_is_another_configuration_of_the_same_models(
    storage: FakeStorage, sagemaker: FakeSageMaker
) -> None:
    first = configured(storage, sagemaker, TEST)
    again = configured(storage, sagemaker, TEST)
    other = configured(storage, sagemaker, SHARED | {"ProductionVariants": [A, B | {"InitialVariantWeight": 4}]})

    assert first["EndpointConfigName"] == again["EndpointConfigName"] != other["EndpointConfigName"]
    assert first["ProductionVariants"][0]["ModelName"] == other["ProductionVariants"][0]["ModelName"]


def test_a_failed_deployment_removes_the_model_of_every_variant(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    deployment = deployment_of(storage)
    image = resolve_image_of(deployment.plan, SETTINGS)
    models = create_model(deployment, image, sagemaker, sagemaker.archives)["Models"]
    create_endpoint_config(deployment, models, sagemaker)
    versions = VersionAws(sagemaker, sagemaker.archives, sagemaker, sagemaker, ONCE)
    components = FakeInferenceComponents(sagemaker)
    aws = RemovalServices(versions, sagemaker.scaling, sagemaker.describe_execution, components)

    removal = remove_failed_deployment(deployment, image, was_updated=False, aws=aws)

    assert {f"Model {name}" for name in models} < set(removal["Removed"])
    assert sagemaker.archives.kept == {}


def test_the_instances_of_all_variants_count_for_the_quota_and_the_owners_limit(storage: FakeStorage) -> None:
    plan, roles = plan_of(TEST), FakeExecutionRoles(SETTINGS.execution_role_arn)

    with pytest.raises(QuotaExceeded, match="is 3, but 4 are wanted"):
        inspect_artifact(plan, storage, roles, FakeInstanceQuotas(default=3), SETTINGS)
    with pytest.raises(TooManyInstances, match="InitialInstanceCount is 4"):
        check_plan(plan, Limits(instances=3))


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"ProductionVariants": [{"ModelName": "m"}]}, FieldMissing, "ProductionVariants[0].VariantName is missing"),
        (
            {"ProductionVariants": [A, {"VariantName": "B"}]},
            FieldMissing,
            "ProductionVariants[1]: ModelDataUrl is missing",
        ),
        (
            {"ProductionVariants": [A, B | {"ModelName": "m"}]},
            FieldsConflict,
            "ProductionVariants[1]: ModelName and ModelDataUrl",
        ),
        (
            {"ProductionVariants": [A], "ShadowProductionVariants": [B | {"ImageUri": "x", "Framework": "sklearn"}]},
            FieldsConflict,
            "ShadowProductionVariants[0]: Framework and ImageUri",
        ),
    ],
    ids=["no name", "no source", "two sources", "two images of a shadow"],
)
def test_what_a_variant_lacks_is_named_with_its_position(
    fields: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refused:
        check_rules(check(SHARED | fields))

    assert words in str(refused.value)
