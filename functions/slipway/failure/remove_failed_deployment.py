"""RemoveFailedDeployment: after a failure, delete what this execution made, and only that.

The order is safe: endpoint, configuration, model, archive. The names are computed from the plan as the Create states
computed them, so that a creation whose answer was lost is found too; tags say what is this execution's to remove. A
redeployment creates an endpoint at the most: its configuration and model were there before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from slipway.aws.model_archives import ModelArchives, model_archive_keys
from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import Scaling
from slipway.deployment.deployment import Deployment
from slipway.deployment.endpoint_status import BUSY, DELETE_ONLY, MIXED, is_becoming, models_of, pending_config, uses
from slipway.deployment.names import candidate_stem, is_content_addressed, stem_of
from slipway.deployment.parts import parts_of, variants_of
from slipway.deployment.plan import PlannedImage
from slipway.deployment.tags import EXECUTION, IN_SERVICE_AT, owner_of
from slipway.errors import AwsRefused, EndpointBusy, NotFound
from slipway.hosting.requests import endpoint_config_request, model_names, model_requests
from slipway.hosting.resource_kinds import ResourceKind, endpoint_configs, models
from slipway.hosting.scaling import end_scaling

DescribeExecution = Callable[[str], dict[str, Any]]
REMOVED, KEPT, GONE = "removed", "kept", "gone"
# How executions end that rely on nothing any more; an outcome is that of one that SUCCEEDED.
FAILED = frozenset({"FAILED", "TIMED_OUT", "ABORTED", "Superseded"})
UNANNOUNCED = FAILED | {"RUNNING"}


class Removal(TypedDict):
    """What was removed in this turn and what stays, as `Endpoint my-endpoint` and the like.

    `IsBusy` says that another turn is needed; `Hint` is then what is left to do if there is none.
    """

    Removed: list[str]
    Kept: list[str]
    IsBusy: bool
    Hint: str


@dataclass(frozen=True)
class RemovalServices:
    """The services that the step calls."""

    sagemaker: SageMaker
    scaling: Scaling
    archives: ModelArchives
    describe_execution: DescribeExecution


@dataclass(frozen=True)
class Made:
    """What a deployment may have made: names of the endpoint, its configuration and models.

    `models` has the keys of each model's copies. What is not whole is an endpoint alone: of a redeployment, or of a
    deployment that ended before.
    """

    endpoint: str
    config: str
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_whole: bool = False

    @classmethod
    def by(cls, deployment: Deployment, image: PlannedImage | None) -> Made:
        """Return the names that a deployment's content gives."""
        plan, artifact = deployment.plan, deployment.artifact
        if image is None or artifact is None:
            return cls(deployment.endpoint_name, plan.get("EndpointConfigName", ""))
        requests = model_requests(plan, image, artifact, deployment.settings.execution_role_arn)
        config = endpoint_config_request(plan, model_names(plan, requests))["EndpointConfigName"]
        made = {
            str(request["ModelName"]): tuple(model_archive_keys(request["ModelName"], len(parts_of(variant)) or 1))
            for variant, request in zip(variants_of(plan), requests, strict=True)
            if request is not None
        }
        return cls(deployment.endpoint_name, config, made, is_whole=True)

    def __iter__(self) -> Iterator[str]:
        """Yield `Endpoint my-endpoint` and the like."""
        yield f"Endpoint {self.endpoint}"
        if self.is_whole:
            yield f"EndpointConfig {self.config}"
            yield from (f"Model {name}" for name in self.models)


def remove_failed_deployment(
    deployment: Deployment, image: PlannedImage | None, *, was_updated: bool, aws: RemovalServices
) -> Removal:
    """Remove what can be removed now. `was_updated` says that the endpoint was there before this execution."""
    made = Made.by(deployment, image)
    if "Transform" in deployment.plan:
        return _remove_model_of_job(deployment, made, aws)
    endpoint = _endpoint(made, aws)
    if endpoint and not was_updated and _is_to_go(deployment, made, endpoint, aws):
        return _delete_endpoint(made, endpoint, aws)
    if not made.is_whole:
        return _removal([], [])
    if endpoint and is_becoming(endpoint, made.config):
        # Either our update goes on, or another deployment of the same content began one: its end shows what is needed.
        return _busy(made)
    if endpoint and _may_use(endpoint, made.config):
        return _removal([], list(made)[1:])
    return _remove_config_and_model(deployment, made, endpoint, aws)


def _remove_model_of_job(deployment: Deployment, made: Made, aws: RemovalServices) -> Removal:
    """Remove a transform job's model, unless another execution created it, or found it last, and may rely on it."""
    removed = []
    for name, keys in made.models.items():
        try:
            tags = aws.sagemaker.tags(models(aws.sagemaker).arn(name))
            others = {tags.get(EXECUTION, ""), owner_of(tags)} - {deployment.execution["Id"]}
            if not all(_is_in(FAILED, one, aws) for one in others):
                return _removal([], [f"Model {name}"])
            aws.sagemaker.delete_model(name)
            removed = [f"Model {name}"]
        except NotFound:
            removed = []  # not created, or removed in a turn whose answer was lost: the archive may still be there
        for key in keys:
            aws.archives.delete(key)
    return _removal(removed, [])


def _may_use(endpoint: dict[str, Any], config_name: str) -> bool:
    status = endpoint["EndpointStatus"]
    return status == MIXED or (status not in DELETE_ONLY and uses(endpoint, config_name))


def _endpoint(made: Made, aws: RemovalServices) -> dict[str, Any] | None:
    try:
        return aws.sagemaker.describe_endpoint(made.endpoint)
    except NotFound:
        return None


def _is_to_go(deployment: Deployment, made: Made, endpoint: dict[str, Any], aws: RemovalServices) -> bool:
    if endpoint["EndpointConfigName"] != made.config:
        return False
    if not deployment.created(aws.sagemaker.tags(endpoint["EndpointArn"])):
        return False
    return endpoint["EndpointStatus"] != "InService" or not _is_announced(deployment, made, aws)


def _is_announced(deployment: Deployment, made: Made, aws: RemovalServices) -> bool:
    """Say whether another deployment of the same content has announced since that the endpoint serves it."""
    try:
        tags = aws.sagemaker.tags(endpoint_configs(aws.sagemaker).arn(made.config))
    except NotFound:
        return False
    return tags.get(IN_SERVICE_AT, "") > deployment.execution["StartTime"]


def _delete_endpoint(made: Made, endpoint: dict[str, Any], aws: RemovalServices) -> Removal:
    removed = [f"Endpoint {made.endpoint}"]
    if endpoint["EndpointStatus"] == "Deleting":
        return _busy(made, removed)
    end_scaling(endpoint, aws.scaling)
    try:
        aws.sagemaker.delete_endpoint(made.endpoint)
    except (EndpointBusy, NotFound):
        return _busy(made)  # AWS does not delete what is Creating; or it was deleted meanwhile
    return _busy(made, removed)


def _remove_config_and_model(
    deployment: Deployment, made: Made, endpoint: dict[str, Any] | None, aws: RemovalServices
) -> Removal:
    fates = {f"EndpointConfig {made.config}": _remove(endpoint_configs(aws.sagemaker), made.config, deployment, aws)}
    needed = _needed_models(made, endpoint, aws)
    for model, archives in made.models.items():
        shown = f"Model {model}"
        if model in needed and endpoint and endpoint["EndpointStatus"] in BUSY:
            return _busy(made, _with(REMOVED, fates))
        fates[shown] = KEPT if model in needed else _remove(models(aws.sagemaker), model, deployment, aws)
        for key in archives if fates[shown] != KEPT else ():
            aws.archives.delete(key)
    return _removal(_with(REMOVED, fates), _with(KEPT, fates))


def _with(fate: str, fates: Mapping[str, str]) -> list[str]:
    return [shown for shown, found in fates.items() if found == fate]


def _remove(kind: ResourceKind, name: str, deployment: Deployment, aws: RemovalServices) -> str:
    """Delete what is this execution's to remove, and was never in service; return what became of it."""
    try:
        tags = aws.sagemaker.tags(kind.arn(name))
        if IN_SERVICE_AT in tags or not _may_go(tags, deployment, aws):
            return KEPT
        kind.delete(name)
    except NotFound:
        return GONE
    return REMOVED


def _may_go(tags: Mapping[str, str], deployment: Deployment, aws: RemovalServices) -> bool:
    """Say whether this execution removes it: no other one that relies on it requested it last, or has announced it."""
    owner, creator = owner_of(tags), tags.get(EXECUTION, "")
    is_ours = deployment.created({EXECUTION: owner}) or _is_in(FAILED, owner, aws)
    return is_ours and (deployment.created(tags) or _is_in(UNANNOUNCED, creator, aws))


def _is_in(states: frozenset[str], execution: str, aws: RemovalServices) -> bool:
    try:
        found = aws.describe_execution(execution) if execution else {"status": "UNKNOWN"}
    except AwsRefused:
        return False  # another state machine's, or older than Step Functions remembers
    if found["status"] == "SUCCEEDED":
        return str(json.loads(found["output"])["Outcome"]) in states
    return found["status"] in states


def _needed_models(made: Made, endpoint: dict[str, Any] | None, aws: RemovalServices) -> frozenset[str]:
    """Return the models of this endpoint's configurations: other hosting of the same archives, and candidates."""
    names = set(aws.sagemaker.list_endpoint_configs(f"{stem_of(made.endpoint)}-"))
    names = {name for name in names if is_content_addressed(name, made.endpoint)}
    names |= set(aws.sagemaker.list_endpoint_configs(f"{candidate_stem(made.endpoint)}-"))
    in_use = (endpoint["EndpointConfigName"], pending_config(endpoint)) if endpoint else ()
    return frozenset().union(*(_models_of(name, aws) for name in names | set(filter(None, in_use))))


def _models_of(config_name: str, aws: RemovalServices) -> frozenset[str]:
    try:
        return models_of(aws.sagemaker.describe_endpoint_config(config_name))
    except NotFound:
        return frozenset()


def _busy(made: Made, removed: list[str] | None = None) -> Removal:
    commands = [f"aws sagemaker delete-endpoint --endpoint-name {made.endpoint}"]
    if made.is_whole:
        commands.append(f"aws sagemaker delete-endpoint-config --endpoint-config-name {made.config}")
        commands += [f"aws sagemaker delete-model --model-name {name}" for name in made.models]
    hint = "AWS does not delete a busy endpoint; when it is Failed or InService, run: " + " && ".join(commands)
    return Removal(Removed=removed or [], Kept=list(made), IsBusy=True, Hint=hint)


def _removal(removed: list[str], kept: list[str]) -> Removal:
    return Removal(Removed=removed, Kept=kept, IsBusy=False, Hint="")
