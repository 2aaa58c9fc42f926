"""What an approval or a training job starts: once, by name, and only what is still to be deployed.

The events' members are those of the SageMaker developer guide, "Events that Amazon SageMaker AI sends to EventBridge".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.fakes.services import SETTINGS
from tests.fakes.storage import FakeStorage

from slipway.deployment.limits import HostingLocked, Limits
from slipway.errors import FieldMissing, NotFound
from slipway.triggers.aws import Boto3Triggered
from slipway.triggers.start_triggered_deployment import TriggerAws, start_triggered_deployment

ARNS = "arn:aws:sagemaker:us-east-1:111122223333:"
AT = datetime(2026, 11, 1, tzinfo=UTC)
SIDE_FILE = {"EndpointName": "fraud", "InstanceType": "ml.m5.large"}


def version(number: int) -> str:
    return f"{ARNS}model-package/fraud/{number}"


class Registry:
    """SageMaker's versions of one group, its training jobs, and the executions that were started."""

    def __init__(self) -> None:
        self.versions: dict[str, dict[str, Any]] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.tagged: dict[str, dict[str, str]] = {}
        self.started: dict[str, Mapping[str, Any]] = {}
        self.storage = FakeStorage()
        self.settings = SETTINGS

    def set(self, number: int, approval: str, modified: datetime = AT) -> None:
        self.versions[version(number)] = {
            "ModelPackageGroupName": "fraud",
            "ModelApprovalStatus": approval,
            "CreationTime": AT,
            "LastModifiedTime": modified,
        }

    def model_package(self, arn: str) -> Mapping[str, Any]:
        if arn not in self.versions:
            raise NotFound(arn)
        return self.versions[arn]

    def training_job(self, name: str) -> Mapping[str, Any]:
        return self.jobs[name]

    def newest_approved(self, group_arn: str) -> str | None:
        # By ARN, as for a group that another account shares (API reference, ListModelPackages).
        begin = group_arn.replace(":model-package-group/", ":model-package/")
        approved = [arn for arn, one in self.versions.items() if one["ModelApprovalStatus"] == "Approved"]
        return max((arn for arn in approved if arn.startswith(f"{begin}/")), default=None)

    def tags(self, arn: str) -> Mapping[str, str]:
        return self.tagged.get(arn, {})

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        self.started.setdefault(name, document)

    def side_file(self, key: str, **document: Any) -> None:
        self.storage.put(SETTINGS.model_bucket, key, json.dumps(document).encode())

    def event(self, detail_type: str, **detail: str) -> str | None:
        aws = TriggerAws(self, self, self.tags, self.storage.side_file)
        event = {"source": "aws.sagemaker", "detail-type": detail_type, "detail": detail}
        return start_triggered_deployment(event, aws, self.settings)

    def approved(self, number: int) -> str | None:
        return self.event(
            "SageMaker Model Package State Change", ModelPackageArn=version(number), ModelApprovalStatus="Approved"
        )

    def completed(self, name: str) -> str | None:
        return self.event("SageMaker Training Job State Change", TrainingJobName=name, TrainingJobStatus="Completed")


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.side_file("packages/fraud/deployment.json", **SIDE_FILE)
    return found


def test_an_approval_three_times_out_of_order_and_a_rejection_are_one_deployment(registry: Registry) -> None:
    registry.set(1, "Approved")
    registry.set(2, "Approved")
    # The event of version 2 arrives first, and again after that of version 1.
    assert [registry.approved(number) is None for number in (2, 1, 2, 2)] == [False, True, False, False]
    registry.set(2, "Rejected", AT.replace(hour=1))
    assert registry.approved(2) is None
    (document,) = registry.started.values()
    assert document == {**SIDE_FILE, "ModelPackageArn": version(2)}


def test_a_version_that_is_approved_again_is_deployed_again(registry: Registry) -> None:
    registry.set(1, "Approved")
    first = registry.approved(1)
    registry.set(1, "Approved", AT.replace(hour=1))
    assert registry.approved(1) != first
    assert len(registry.started) == 2


def test_after_a_rejection_of_the_newest_an_older_one_may_be_approved(registry: Registry) -> None:
    registry.set(1, "Approved")
    registry.set(2, "Rejected")
    assert registry.approved(1) is not None


def test_what_is_gone_or_has_no_side_file_is_not_deployed(registry: Registry) -> None:
    assert registry.approved(1) is None
    registry.set(1, "Approved")
    registry.storage = FakeStorage()
    assert registry.approved(1) is None
    assert registry.started == {}


def test_a_side_file_must_name_the_endpoint_and_keep_what_the_owner_settles(registry: Registry) -> None:
    registry.set(1, "Approved")
    registry.side_file("packages/fraud/deployment.json", InstanceType="ml.m5.large")
    with pytest.raises(FieldMissing, match="EndpointName"):
        registry.approved(1)
    registry.settings = replace(SETTINGS, limits=Limits(side_file_hosting=False))
    with pytest.raises(HostingLocked, match=r"packages/fraud/deployment\.json"):
        registry.approved(1)


def test_a_completed_job_is_deployed_once_to_the_endpoint_of_its_tag(registry: Registry) -> None:
    arn = f"{ARNS}training-job/fraud-7"
    job = {"TrainingJobArn": arn, "TrainingJobStatus": "Completed", "CreationTime": AT}
    registry.jobs["fraud-7"] = job
    assert registry.completed("fraud-7") is None, "it has no tag"
    registry.tagged[arn] = {"slipway:endpoint-name": "fraud"}
    registry.side_file("models/fraud/deployment.json", InstanceType="ml.m5.xlarge")
    assert registry.completed("fraud-7") == registry.completed("fraud-7")
    (document,) = registry.started.values()
    assert document == {"EndpointName": "fraud", "TrainingJobName": "fraud-7", "InstanceType": "ml.m5.xlarge"}
    registry.jobs["fraud-7"] = {**job, "TrainingJobStatus": "InProgress"}
    assert registry.completed("fraud-7") is None


@pytest.mark.parametrize(
    ("code", "is_started"), [("ExecutionAlreadyExists", True), ("StateMachineDoesNotExist", False)]
)
def test_a_name_that_is_taken_is_the_same_deployment(code: str, is_started: bool) -> None:
    class StepFunctions:
        def start_execution(self, **_request: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "StartExecution")

    triggered = Boto3Triggered(None, StepFunctions(), "arn:machine")
    if is_started:
        triggered.start("fraud-1", {})
    else:
        with pytest.raises(Exception, match="no"):
            triggered.start("fraud-1", {})
