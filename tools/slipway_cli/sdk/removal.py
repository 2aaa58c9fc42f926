"""Delete an endpoint and, when asked to, its versions: in the order that leaves nothing behind and breaks nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from slipway.aws.endpoint_listing import Boto3EndpointListing
from slipway.aws.inference_components import SETTLED, Boto3InferenceComponents
from slipway.aws.model_archives import Boto3ModelArchives
from slipway.aws.sagemaker import Boto3SageMaker
from slipway.aws.scaling import Boto3Scaling, delete_alarms
from slipway.aws.tag_index import Boto3TagIndex
from slipway.deployment.endpoint_status import BUSY
from slipway.deployment.resource_names import name_of
from slipway.deployment.tags import COMPONENT, ENDPOINT, MANAGED_ALARMS, STACK
from slipway.errors import EndpointBusy, NotFound
from slipway.hosting.create_alarms import managed_alarms_of
from slipway.hosting.scaling import end_scaling
from slipway.versions.in_use import ResourcesInUse, VersionAws
from slipway.versions.removal import VersionRemoval
from slipway.versions.version import Tags, Version, config_names, is_created_for, read_versions
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.executions import RUNNING, describe_execution, execution_of
from slipway_cli.sdk.retry import retrier_for
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.versions import versions_of

POLL = 2.0  # seconds
MAX_SECONDS = 900.0  # of reading what is in use, and of removing
MAX_DESCRIBED = 5_000  # endpoints of the account: the user waits for it
DELETION_TIMEOUT = 1800.0  # seconds; botocore's waiter EndpointDeleted gives it as long


class NothingToDelete(ClientError):
    """There is neither an endpoint of this name nor a version of it."""


class OfAnotherStack(ClientError):
    """The endpoint was not deployed by the stack that is asked to delete it."""


class EndpointChanging(ClientError):
    """The endpoint is changing, or a deployment of it is under way."""


class DeletionUnfinished(ClientError):
    """SageMaker has not finished deleting the endpoint."""


@dataclass(frozen=True)
class Removal:
    """What is to be deleted: the endpoint as described (None where only versions are left), and versions."""

    name: str
    endpoint: Any
    versions: tuple[Version, ...]


class Remover:
    """Reads first, so that the user can be asked, then removes. `pause` waits between polls of the deletion."""

    def __init__(self, target: Target, pause: Callable[[float], None] = time.sleep) -> None:
        self._target = target
        self._sagemaker = Boto3SageMaker(target.client("sagemaker"))
        self._pause = pause

    def plan(self, name: str, *, all_versions: bool, of_any_stack: bool = False) -> Removal:
        """Return what would be deleted.

        Raises `NothingToDelete`, `OfAnotherStack` without `of_any_stack`, `EndpointChanging`, and `TooManyEndpoints`.
        """
        endpoint = self._described(name)
        if endpoint:
            self._check(endpoint, of_any_stack=of_any_stack)
        self._check_no_deployment(name)
        versions = self._removable(name) if all_versions else ()
        if not endpoint and not versions:
            hint = "" if all_versions else "; --all-versions deletes what is left of one"
            raise NothingToDelete(f"There is no endpoint {name} in {self._target.region}{hint}.")
        return Removal(name, endpoint, versions)

    def remove(self, removal: Removal) -> Iterator[str]:
        """Remove it, yielding what is gone as `Endpoint my-endpoint`. It may be called again after an error of AWS."""
        if removal.endpoint:
            self._delete_alarms(removal.endpoint)
            client = self._target.client
            end_scaling(removal.endpoint, Boto3Scaling(client("application-autoscaling"), client("cloudwatch")))
            yield from self._delete_components(removal.name)
            with suppress(NotFound):
                self._sagemaker.delete_endpoint(removal.name)
                self._wait_until_gone(removal.name)
            yield f"Endpoint {removal.name}"
        if removal.versions:
            yield from self._remove_versions(removal)

    def _delete_components(self, name: str) -> Iterator[str]:
        """Delete the endpoint's inference components, yielding each, and wait: SageMaker deletes no endpoint before."""
        components, deleted = Boto3InferenceComponents(self._target.client("sagemaker")), set()
        for _ in self._polls(f"The inference components of {name} are still there"):
            left = components.names(name)
            for one in left:
                with suppress(NotFound, EndpointBusy):
                    if one not in deleted and components.describe(one)["InferenceComponentStatus"] in SETTLED:
                        components.delete(one)
                        deleted.add(one)
                        yield f"InferenceComponent {one}"
            if not left:
                return

    def _delete_alarms(self, endpoint: Any) -> None:
        with suppress(NotFound):
            if MANAGED_ALARMS in self._sagemaker.tags(endpoint["EndpointArn"]):
                delete_alarms(self._target.client("cloudwatch"), managed_alarms_of(endpoint))

    def _remove_versions(self, removal: Removal) -> Iterator[str]:
        going = {version.config_name for version in removal.versions}
        others = [name for name in config_names(removal.name, self._sagemaker) if name not in going]
        needed = {model for version in read_versions(others, self._sagemaker) for model in version.models}
        aws, in_use = self._in_use(removal.name)

        def is_made_here(_arn: str, tags: Tags) -> bool:
            return is_created_for(tags, self._target.stack, removal.name)

        versions = VersionRemoval(aws, in_use, is_made_here)
        for version in removal.versions:
            yield from versions.remove(version, needed)
        for arn, tags in aws.retry.pages(lambda token: aws.index.tagged(("model",), ENDPOINT, removal.name, token)):
            if COMPONENT in tags:  # no configuration names it
                yield from versions.remove_model(name_of(arn, tags), removal.name)

    def _in_use(self, name: str) -> tuple[VersionAws, ResourcesInUse]:
        client, target = self._target.client, self._target
        archives = Boto3ModelArchives(client("s3"), target.model_bucket)
        listing, index = Boto3EndpointListing(client("sagemaker")), Boto3TagIndex(client("resourcegroupstaggingapi"))
        aws = VersionAws(self._sagemaker, archives, listing, index, retrier_for(MAX_SECONDS))
        in_use = ResourcesInUse(aws, MAX_DESCRIBED, ignored=name)
        in_use.read()
        return aws, in_use

    def _check(self, endpoint: Any, *, of_any_stack: bool) -> None:
        name, status = endpoint["EndpointName"], endpoint["EndpointStatus"]
        stack = self._sagemaker.tags(endpoint["EndpointArn"]).get(STACK)
        if stack != self._target.stack and not of_any_stack:
            raise OfAnotherStack(
                f"{name} was deployed by the stack {stack}: name --stack {stack}, or add --any-stack."
                if stack
                else f"{name} was not deployed by Slipway: add --any-stack to delete it all the same."
            )
        if status in BUSY:
            raise EndpointChanging(f"{name} is {status}, and SageMaker deletes it only when that is done: try again.")

    def _check_no_deployment(self, name: str) -> None:
        stepfunctions = self._target.client("stepfunctions")
        pages = stepfunctions.get_paginator("list_executions").paginate(
            stateMachineArn=self._target.state_machine_arn, statusFilter=RUNNING, maxResults=1000
        )
        for item in (item for page in pages for item in page["executions"]):
            execution = execution_of(describe_execution(stepfunctions, item["executionArn"]))
            if execution.is_running and execution.endpoint_name == name:
                raise EndpointChanging(
                    f"A deployment of {name} is under way ({execution.name}): wait for it with "
                    f"`slipway status {execution.name} --wait`, or stop that execution."
                )

    def _described(self, name: str) -> Any:
        try:
            return self._sagemaker.describe_endpoint(name)
        except NotFound:
            return None

    def _removable(self, name: str) -> tuple[Version, ...]:
        """Return what the stack made for this endpoint and no other endpoint uses, oldest first."""
        stack, versions = self._target.stack, versions_of(self._target, name)[::-1]
        made = [version for version in versions if is_created_for(version.tags, stack, name)]
        if not made:
            return ()
        _, in_use = self._in_use(name)
        return tuple(version for version in made if not in_use.has_config(version.config_name))

    def _wait_until_gone(self, name: str) -> None:
        for _ in self._polls(f"{name} is still Deleting"):
            if self._described(name) is None:
                return

    def _polls(self, unfinished: str) -> Iterator[None]:
        """Yield again and again, with a pause between. Raises `DeletionUnfinished` when it takes too long."""
        waited, poll = 0.0, self._target.pause(POLL)
        while waited < DELETION_TIMEOUT:
            yield
            self._pause(poll)
            waited += poll
        raise DeletionUnfinished(f"{unfinished}: run the same `slipway delete` again later.")
