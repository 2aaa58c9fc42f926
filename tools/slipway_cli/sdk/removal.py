"""Delete an endpoint and, when asked to, its versions: in the order that leaves nothing behind and breaks nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from slipway.aws.model_archives import Boto3ModelArchives, model_archive_key
from slipway.aws.sagemaker import Boto3SageMaker
from slipway.aws.scaling import Boto3Scaling
from slipway.deployment.endpoint_status import BUSY, pending_config
from slipway.deployment.names import is_content_addressed, stem_of
from slipway.deployment.tags import ENDPOINT, STACK
from slipway.errors import NotFound
from slipway.hosting.scaling import end_scaling
from slipway_cli.sdk.endpoints import AT_ONCE
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.executions import RUNNING, describe_execution, execution_of
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.versions import Version, read_version, versions_of

POLL, LOCAL_POLL = 2.0, 0.2  # seconds
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
    """What is to go: the endpoint as described (None where only versions are left), versions, and their models."""

    name: str
    endpoint: Any
    versions: tuple[Version, ...]
    models: tuple[str, ...]


class Remover:
    """Looks first, so that the user can be asked, then removes. `pause` waits between looks at the deletion."""

    def __init__(self, target: Target, pause: Callable[[float], None] = time.sleep) -> None:
        self._target = target
        self._client = target.client("sagemaker")
        self._sagemaker = Boto3SageMaker(self._client)
        self._pause = pause

    def look(self, name: str, *, all_versions: bool, of_any_stack: bool = False) -> Removal:
        """Return what would go.

        Raises `NothingToDelete`, `OfAnotherStack` without `of_any_stack`, and `EndpointChanging`.
        """
        endpoint = self._described(name)
        if endpoint:
            self._check(endpoint, of_any_stack=of_any_stack)
        self._check_no_deployment(name)
        versions = self._removable(name) if all_versions else ()
        if not endpoint and not versions:
            hint = "" if all_versions else "; --all-versions deletes what is left of one"
            raise NothingToDelete(f"There is no endpoint {name} in {self._target.region}{hint}.")
        return Removal(name, endpoint, versions, self._models(name, versions))

    def remove(self, removal: Removal) -> Iterator[str]:
        """Remove it, yielding what is gone as `Endpoint my-endpoint`. Raises what AWS raises, and may be called again.

        A model goes before its configuration: stopped in between, the next call finds the rest by the configuration.
        """
        if removal.endpoint:
            end_scaling(removal.endpoint, Boto3Scaling(self._target.client("application-autoscaling")))
            if _done(self._sagemaker.delete_endpoint, removal.name):
                self._wait_until_gone(removal.name)
            yield f"Endpoint {removal.name}"
        archives = Boto3ModelArchives(self._target.client("s3"), self._target.model_bucket) if removal.models else None
        for model in removal.models:
            assert archives
            archives.forget(model_archive_key(model))
            if _done(self._sagemaker.delete_model, model):
                yield f"Model {model}"
        for version in removal.versions:
            if _done(self._sagemaker.delete_endpoint_config, version.config_name):
                yield f"EndpointConfig {version.config_name}"

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
        """Return what the stack made for this endpoint and no other endpoint has, oldest first."""
        elsewhere = self._configs_in_use(but_of=name)
        versions = versions_of(self._target, name)[::-1]
        return tuple(one for one in versions if self._made_for(one.tags, name) and one.config_name not in elsewhere)

    def _models(self, name: str, versions: tuple[Version, ...]) -> tuple[str, ...]:
        """Return the models of these versions that this endpoint's name is on and that no other version needs."""
        if not versions:
            return ()
        going = {version.config_name for version in versions}
        listed = self._sagemaker.list_endpoint_configs(f"{stem_of(name)}-")
        others = [config for config in listed if is_content_addressed(config, name) and config not in going]
        needed = {model for config in others for model in self._models_of(config)}
        models = dict.fromkeys(model for version in versions for model in version.models)
        return tuple(model for model in models if model not in needed and self._is_ours(model, name))

    def _models_of(self, config_name: str) -> tuple[str, ...]:
        version = read_version(self._sagemaker, config_name)
        return version.models if version else ()

    def _is_ours(self, model: str, name: str) -> bool:
        try:
            return self._made_for(self._sagemaker.tags(self._sagemaker.describe_model(model)["ModelArn"]), name)
        except NotFound:
            return False

    def _made_for(self, tags: Mapping[str, str], name: str) -> bool:
        return (tags.get(STACK), tags.get(ENDPOINT)) == (self._target.stack, name)

    def _configs_in_use(self, but_of: str) -> set[str]:
        """Return the configurations that other endpoints have: SageMaker would let them lose theirs."""
        pages = self._client.get_paginator("list_endpoints").paginate(MaxResults=100)
        names = [item["EndpointName"] for page in pages for item in page["Endpoints"]]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(self._described, [name for name in names if name != but_of])
            return {name for one in found if one for name in (one["EndpointConfigName"], pending_config(one)) if name}

    def _wait_until_gone(self, name: str) -> None:
        waited, poll = 0.0, LOCAL_POLL if self._target.is_local else POLL
        while self._described(name) is not None:
            if waited >= DELETION_TIMEOUT:
                raise DeletionUnfinished(f"{name} is still Deleting: ask again with `slipway delete {name}` later.")
            self._pause(poll)
            waited += poll


def _done(delete: Callable[[str], None], name: str) -> bool:
    """Delete something; say whether it was there."""
    try:
        delete(name)
    except NotFound:
        return False
    return True
