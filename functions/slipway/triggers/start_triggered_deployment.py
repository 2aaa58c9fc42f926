"""StartTriggeredDeployment: deploy an approved version of a model package group, or a completed training job.

"SageMaker AI may send multiple events to EventBridge for each state change" (SageMaker developer guide, "Events that
Amazon SageMaker AI sends to Amazon EventBridge"): an execution is named after what it deploys, so repeated
events start one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from slipway.deployment.limits import check_side_file
from slipway.deployment.settings import Settings
from slipway.errors import NotFound
from slipway.planning.contract.schema import check
from slipway.planning.uploads import SIDE_FILE, ReadSideFile, parsed_side_file

if TYPE_CHECKING:  # it imports the catalogue of images, which nothing here looks up
    from slipway.planning.model_source import Sources

ENDPOINT_NAME_TAG = "slipway:endpoint-name"  # on training jobs, by their owner
PACKAGE, JOB = "SageMaker Model Package State Change", "SageMaker Training Job State Change"
MAX_NAME = 80  # characters of an execution's name (Step Functions API reference, StartExecution)


class Triggered(Protocol):
    """What a trigger reads, and the execution that it starts. Methods raise what any call may."""

    def newest_approved(self, group_arn: str) -> str | None:
        """Return the ARN of the newest version of a group that is Approved, by its creation."""

    def start(self, name: str, document: Mapping[str, Any]) -> None:
        """Start an execution; one that had this name is the same deployment."""


@dataclass(frozen=True)
class TriggerAws:
    """What a triggered deployment is made with."""

    sources: Sources
    triggered: Triggered
    tags: Callable[[str], Mapping[str, str]]
    read_side_file: ReadSideFile


@dataclass(frozen=True)
class TriggeredDeployment:
    """The input of an execution, and what makes it one of its own."""

    document: Mapping[str, Any]
    identity: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the execution's name: the endpoint, and a digest of the identity."""
        digest = hashlib.sha256("\n".join(self.identity).encode()).hexdigest()[:16]
        return f"{self.document['EndpointName'][: MAX_NAME - 17]}-{digest}"


def start_triggered_deployment(event: Mapping[str, Any], aws: TriggerAws, settings: Settings) -> str | None:
    """Start the deployment of an event; return the execution's name, None where there is nothing to deploy.

    Nothing is deployed of a version that is not Approved any more, or older than another Approved one, of a group
    without a side file, and of a job without the tag. Raises an `InputRefused` or a `LimitExceeded` for a side file
    that breaks the contract.
    """
    if event["detail-type"] == PACKAGE:
        found = _of_package(event["detail"]["ModelPackageArn"], aws, settings)
    else:
        found = _of_job(event["detail"]["TrainingJobName"], aws, settings)
    if found is None:
        return None
    aws.triggered.start(found.name, found.document)
    return found.name


def _of_package(arn: str, aws: TriggerAws, settings: Settings) -> TriggeredDeployment | None:
    try:
        package = aws.sources.model_package(arn)
    except NotFound:
        return None
    group = package.get("ModelPackageGroupName")
    # Events arrive in any order: a late one of an earlier version must not replace a later version, and a version may
    # have been rejected since.
    if group is None or aws.triggered.newest_approved(_group_arn(arn)) != arn:
        return None
    side_file = _side_file(f"packages/{group}/{SIDE_FILE}", aws, settings)
    if side_file is None:
        return None
    document = check({**side_file, "ModelPackageArn": arn})
    # A version that is rejected and approved again was modified in between.
    return TriggeredDeployment(document, (arn, str(package.get("LastModifiedTime") or package["CreationTime"])))


def _group_arn(arn: str) -> str:
    """Return the ARN of a version's group: a name would mean a group of this account, and another one may share it."""
    return arn.rpartition("/")[0].replace(":model-package/", ":model-package-group/")


def _of_job(name: str, aws: TriggerAws, settings: Settings) -> TriggeredDeployment | None:
    try:
        job = aws.sources.training_job(name)
    except NotFound:
        return None
    endpoint = aws.tags(job["TrainingJobArn"]).get(ENDPOINT_NAME_TAG)
    if job["TrainingJobStatus"] != "Completed" or not endpoint:
        return None
    side_file = _side_file(f"models/{endpoint}/{SIDE_FILE}", aws, settings) or {}
    document = check({**side_file, "EndpointName": endpoint, "TrainingJobName": name})
    return TriggeredDeployment(document, (job["TrainingJobArn"], str(job["CreationTime"])))


def _side_file(key: str, aws: TriggerAws, settings: Settings) -> dict[str, Any] | None:
    try:
        document = parsed_side_file(key, aws.read_side_file(settings.model_bucket, key))
    except NotFound:
        return None
    check_side_file(document, key, settings.limits)
    return document
