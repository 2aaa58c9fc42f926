"""Mode MultiModel: one container, and every archive below a prefix by its name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway.deployment.deployment import Deployment
from slipway.deployment.plan import Plan
from slipway.errors import ArtifactNotTar
from slipway.hosting.create_endpoint_config import create_endpoint_config
from slipway.hosting.create_model import create_model
from slipway.images.plan_image import resolve_image_of
from slipway.planning.plan_deployment import plan_deployment
from slipway.preflight.inspect_artifact import inspect_artifact
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.archives import gzipped, tar_gz
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.fakes.sources import FakeSources
from tests.fakes.storage import UPLOADED_AT, FakeStorage
from tests.unit.execution import execution

URI = "s3://models/many/"
MANY: dict[str, Any] = {
    "EndpointName": "many",
    "ModelDataUrl": URI,
    "Mode": "MultiModel",
    "Framework": "sklearn",
    "InstanceType": "ml.m5.large",
}


@pytest.fixture
def storage() -> FakeStorage:
    made = FakeStorage()
    made.make_bucket("models")
    made.put("models", "many/first.tar.gz", tar_gz({"code/inference.py": b"", "m.joblib": b"1"}))
    return made


def plan_of(document: dict[str, Any]) -> Plan:
    return plan_deployment(document, execution(), FakeStorage().side_file, FakeSources(), SETTINGS)


def deployment_of(storage: FakeStorage, **fields: Any) -> Deployment:
    plan, role = plan_of(MANY | fields), SETTINGS.execution_role_arn
    artifact = inspect_artifact(plan, storage, FakeExecutionRoles(role), FakeInstanceQuotas(), SETTINGS)
    return Deployment(plan, artifact, execution(), SETTINGS)


def config_of(storage: FakeStorage, sagemaker: FakeSageMaker, **fields: Any) -> str:
    deployment = deployment_of(storage, **fields)
    image = resolve_image_of(deployment.plan, SETTINGS)
    models = create_model(deployment, image, sagemaker, sagemaker.archives)["Models"]
    return create_endpoint_config(deployment, models, sagemaker)["EndpointConfigName"]


def test_the_model_names_the_prefix_and_the_mode(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    name = config_of(storage, sagemaker, MultiModelConfig={"ModelCacheSetting": "Disabled"})

    model = sagemaker.describe_endpoint_config(name)["ProductionVariants"][0]["ModelName"]
    container = sagemaker.describe_model(model)["PrimaryContainer"]
    assert (container["Mode"], container["ModelDataUrl"]) == ("MultiModel", URI)
    assert container["MultiModelConfig"] == {"ModelCacheSetting": "Disabled"}
    # As sagemaker.model.FrameworkModel sets it for an archive that brings a program.
    assert container["Environment"]["SAGEMAKER_PROGRAM"] == "inference.py"
    assert sagemaker.archives.kept == {}


def test_another_model_below_the_prefix_changes_nothing(storage: FakeStorage, sagemaker: FakeSageMaker) -> None:
    first = config_of(storage, sagemaker)
    storage.put("models", "many/second.tar.gz", tar_gz({"code/inference.py": b"", "m.joblib": b"2"}))

    assert config_of(storage, sagemaker) == first


def test_an_endpoint_may_begin_without_a_model(storage: FakeStorage) -> None:
    storage.remove_object("models", "many/first.tar.gz")

    artifact = deployment_of(storage).artifact

    assert artifact is not None
    assert artifact["Warnings"] == ["No archive is below s3://models/many/ yet: upload one to invoke it."]


def test_the_newest_archive_is_inspected(storage: FakeStorage) -> None:
    storage.put("models", "many/first.tar.gz", gzipped(b"no tar" * 1000))

    with pytest.raises(ArtifactNotTar):
        deployment_of(storage)


def test_it_has_no_more_time_to_start_than_another_endpoint() -> None:
    assert plan_of(MANY)["Variant"] == {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def test_an_upload_beside_a_side_file_with_the_mode_is_a_further_model() -> None:
    storage = FakeStorage()
    storage.make_bucket("models")
    storage.put("models", "models/many/deployment.json", json.dumps({"Mode": "MultiModel"}).encode())
    event = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": "models"},
            "object": {"key": "models/many/second.tar.gz", "size": 1, "etag": "e", "sequencer": "0A"},
        },
    }

    plan = plan_deployment(event, execution(), storage.side_file, FakeSources(), SETTINGS)

    assert plan["Artifact"]["Key"] == "models/many/"
    assert plan["Mode"] == "MultiModel"
    deployment = Deployment(
        plan,
        inspect_artifact(
            plan,
            _with_model(storage),
            FakeExecutionRoles(SETTINGS.execution_role_arn),
            FakeInstanceQuotas(),
            SETTINGS,
        ),
        execution(),
        SETTINGS,
    )
    assert deployment.requested_at.startswith(UPLOADED_AT[:19])


def _with_model(storage: FakeStorage) -> FakeStorage:
    storage.put("models", "models/many/second.tar.gz", tar_gz({"code/inference.py": b""}))
    return storage
