"""A model package on its way: planned, inspected where it can be, made a model, and named on everything made of it."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.aws.s3 import StoredObject
from slipway.deployment.plan import Artifact, Plan
from slipway.deployment.tags import ARTIFACT, own_tags
from slipway.errors import ArtifactAccessDenied, ArtifactNotGzip, QuotaExceeded
from slipway.hosting.requests import model_request
from slipway.planning.plan_deployment import plan_deployment
from slipway.preflight.inspect_artifact import inspect_artifact
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.archives import tar_gz
from tests.fakes.services import SETTINGS
from tests.fakes.sources import IMAGE, FakeSources, model_package
from tests.fakes.storage import FakeStorage
from tests.unit.execution import artifact, execution, plan_of, planned_image

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/digits/1"
UNSEEN = Artifact(IsCurrent=True, HasInferenceCode=False, Warnings=["not looked into"])


class LockedStorage(FakeStorage):
    """Buckets that the stack may not read."""

    def open(self, bucket: str, key: str) -> StoredObject:
        raise ArtifactAccessDenied(f"The stack may not read s3://{bucket}/{key}.")


def plan(*containers: dict[str, Any], **fields: Any) -> Plan:
    sources = FakeSources()
    sources.packages[ARN] = model_package(*containers)
    request = {"EndpointName": "digits", "ModelPackageArn": ARN, **fields}
    return plan_deployment(request, execution(), FakeStorage().side_file, sources, SETTINGS)


def inspect(plan: Plan, storage: FakeStorage, quotas: FakeInstanceQuotas | None = None) -> Artifact:
    roles = FakeExecutionRoles(SETTINGS.execution_role_arn)
    return inspect_artifact(plan, storage, roles, quotas or FakeInstanceQuotas(), SETTINGS)


@pytest.fixture
def storage() -> FakeStorage:
    made = FakeStorage()
    made.make_bucket("models")
    return made


def test_a_plan_names_the_package_its_archive_and_its_image() -> None:
    made = plan()

    assert made["ModelPackageArn"] == ARN
    assert made["Artifact"] == {"Bucket": "models", "Key": "digits/output/model.tar.gz"}
    assert made["Image"] == {"ImageUri": IMAGE}


def test_an_archive_that_can_be_read_is_inspected(storage: FakeStorage) -> None:
    storage.put("models", "digits/output/model.tar.gz", tar_gz({"model.params": b"p"}))

    assert inspect(plan(), storage)["Warnings"] == []


def test_an_archive_that_can_be_read_and_is_broken_is_refused(storage: FakeStorage) -> None:
    storage.put("models", "digits/output/model.tar.gz", b"text")

    with pytest.raises(ArtifactNotGzip):
        inspect(plan(), storage)


def test_an_unreadable_archive_is_a_warning_and_the_account_is_still_checked() -> None:
    found = inspect(plan(), LockedStorage())

    assert found == {
        "IsCurrent": True,
        "HasInferenceCode": False,
        "Warnings": [
            "The model package's archive was not looked into (The stack may not read "
            "s3://models/digits/output/model.tar.gz)."
        ],
    }
    with pytest.raises(QuotaExceeded):
        inspect(plan(), LockedStorage(), FakeInstanceQuotas(default=0))


def test_a_package_without_one_archive_is_a_warning(storage: FakeStorage) -> None:
    made = plan({"Image": IMAGE})

    (warning,) = inspect(made, storage)["Warnings"]

    assert "Artifact" not in made
    assert f"{ARN} has not one container with one .tar.gz in S3" in warning


def test_the_archive_of_model_data_url_must_be_readable() -> None:
    with pytest.raises(ArtifactAccessDenied):
        inspect(plan_of(), LockedStorage())


@pytest.mark.parametrize("artifact", [UNSEEN, artifact()], ids=["unseen", "seen"])
def test_the_model_request_has_only_the_package(artifact: Artifact) -> None:
    request = model_request(plan(), planned_image(), artifact, "arn:role")

    assert request["PrimaryContainer"] == {"ModelPackageName": ARN}
    assert request["ModelName"] == model_request(plan(), planned_image(), UNSEEN, "arn:role")["ModelName"]


def test_the_inputs_environment_is_added_to_the_packages() -> None:
    request = model_request(plan(Environment={"LOG_LEVEL": "info"}), planned_image(), UNSEEN, "arn:role")

    assert request["PrimaryContainer"] == {"ModelPackageName": ARN, "Environment": {"LOG_LEVEL": "info"}}
    assert request["ModelName"] != model_request(plan(), planned_image(), UNSEEN, "arn:role")["ModelName"]


def test_resources_of_a_package_are_tagged_with_its_arn() -> None:
    tags = {tag["Key"]: tag["Value"] for tag in own_tags(plan(), execution(), "slipway", UNSEEN)}

    assert tags[ARTIFACT] == ARN
