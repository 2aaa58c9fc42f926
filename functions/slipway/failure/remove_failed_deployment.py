"""RemoveFailedDeployment: after a failure, delete what this execution made, and only that.

The order is safe: endpoint, configuration, model, archive. The names are computed from the plan as the Create states
computed them, so that a creation whose answer was lost is found too; tags say what is this execution's to remove. A
redeployment creates an endpoint at the most: its configuration and model were there before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypedDict

from slipway.aws.inference_components import FAILED as COMPONENT_FAILED
from slipway.aws.inference_components import SETTLED, InferenceComponents
from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import Scaling
from slipway.deployment.deployment import Deployment
from slipway.deployment.endpoint_status import BUSY, is_becoming, models_of, pending_config
from slipway.deployment.names import candidate_stem
from slipway.deployment.ordering import is_newer
from slipway.deployment.other_executions import FAILED, RUNNING, DescribeExecution, end_of
from slipway.deployment.plan import PlannedImage
from slipway.deployment.tags import EXECUTION, IN_SERVICE_AT, owner_of
from slipway.errors import EndpointBusy, NotFound
from slipway.hosting.requests import endpoint_config_request, model_names, model_requests
from slipway.hosting.resource_kinds import endpoint_configs, models
from slipway.hosting.scaling import end_scaling
from slipway.versions.in_use import ResourcesInUse, VersionAws
from slipway.versions.removal import VersionRemoval
from slipway.versions.version import Tags, Version, config_names, read_version

UNANNOUNCED = FAILED | {RUNNING}
CLOCKS = timedelta(minutes=1)  # by which those of Step Functions and SageMaker may differ


class Removal(TypedDict):
    """What was removed in this turn and what stays, as `Endpoint my-endpoint` and the like.

    `IsBusy` says that another turn is needed; `Hint` is then what is left to do if there is none, and otherwise why
    something stays that may be unused.
    """

    Removed: list[str]
    Kept: list[str]
    IsBusy: bool
    Hint: str


@dataclass(frozen=True)
class RemovalServices:
    """The services that the step calls."""

    versions: VersionAws
    scaling: Scaling
    describe_execution: DescribeExecution
    components: InferenceComponents

    @property
    def sagemaker(self) -> SageMaker:
        """Return SageMaker."""
        return self.versions.sagemaker


@dataclass(frozen=True)
class Made:
    """What a deployment may have made: names of the endpoint, its configuration and models.

    What is not whole is an endpoint alone: of a redeployment, or of a deployment that ended before.
    """

    endpoint: str
    config: str
    models: frozenset[str] = frozenset()
    is_whole: bool = False

    @classmethod
    def by(cls, deployment: Deployment, image: PlannedImage | None) -> Made:
        """Return the names that a deployment's content gives."""
        plan, artifact = deployment.plan, deployment.artifact
        if image is None or artifact is None:
            return cls(deployment.endpoint_name, plan.get("EndpointConfigName", ""))
        requests = model_requests(plan, image, artifact, deployment.settings.execution_role_arn)
        config = endpoint_config_request(plan, model_names(plan, requests))["EndpointConfigName"]
        made = frozenset(str(request["ModelName"]) for request in requests if request is not None)
        return cls(deployment.endpoint_name, config, made, is_whole=True)

    def content(self, needed: frozenset[str] = frozenset()) -> Iterator[str]:
        """Yield `EndpointConfig my-endpoint-0f1e2d3c4b5a` and the like, without the models that others need."""
        if self.is_whole:
            yield f"EndpointConfig {self.config}"
            yield from (f"Model {name}" for name in sorted(self.models - needed))


def remove_failed_deployment(
    deployment: Deployment, image: PlannedImage | None, *, was_updated: bool, aws: RemovalServices
) -> Removal:
    """Remove what can be removed now. `was_updated` says that the endpoint was there before this execution."""
    made = Made.by(deployment, image)
    if "Transform" in deployment.plan:
        return _remove_models_of_job(deployment, made, aws)
    endpoint = _endpoint(made, aws)
    is_to_go = endpoint is not None and not was_updated and _is_to_go(deployment, made, endpoint, aws)
    if endpoint and (begun := _remove_from_endpoint(deployment, made, endpoint, aws, is_to_go=is_to_go)):
        return begun
    if not made.is_whole:
        return Removal(Removed=[], Kept=[], IsBusy=False, Hint="")
    if endpoint and is_becoming(endpoint, made.config):
        # Either our update goes on, or another deployment of the same content began one: its end shows what is needed.
        return _waiting(made)
    needed = _needed_models(made, aws)
    if endpoint and endpoint["EndpointStatus"] in BUSY and needed & made.models:
        return _waiting(made, needed)
    return _remove_config_and_models(deployment, made, needed, aws)


def _remove_from_endpoint(
    deployment: Deployment, made: Made, endpoint: dict[str, Any], aws: RemovalServices, *, is_to_go: bool
) -> Removal | None:
    """Delete components, and then the endpoint if it is to go; None where nothing of it is left to delete."""
    if "Components" in deployment.plan:
        removed = _remove_components(deployment, aws, are_all_to_go=is_to_go)
        if removed is not None:
            return _busy(made, removed) if is_to_go else {**_waiting(made), "Removed": removed}
    return _delete_endpoint(made, endpoint, aws) if is_to_go else None


def _endpoint(made: Made, aws: RemovalServices) -> dict[str, Any] | None:
    try:
        return aws.sagemaker.describe_endpoint(made.endpoint)
    except NotFound:
        return None


def _is_to_go(deployment: Deployment, made: Made, endpoint: dict[str, Any], aws: RemovalServices) -> bool:
    if endpoint["EndpointConfigName"] != made.config or pending_config(endpoint) not in (None, made.config):
        return False  # it serves what another deployment requested, or will
    if not deployment.created(aws.sagemaker.tags(endpoint["EndpointArn"])):
        return False
    if "Components" in deployment.plan and is_newer(_tags_of_config(made, aws), deployment.requested_at):
        return False  # a newer deployment places its components on it
    return endpoint["EndpointStatus"] != "InService" or not _is_announced(deployment, made, aws)


def _is_announced(deployment: Deployment, made: Made, aws: RemovalServices) -> bool:
    """Say whether another deployment of the same content has announced since that the endpoint serves it."""
    return _tags_of_config(made, aws).get(IN_SERVICE_AT, "") > deployment.execution["StartTime"]


def _tags_of_config(made: Made, aws: RemovalServices) -> Mapping[str, str]:
    """Return the tags of the configuration; none where it is gone."""
    try:
        return aws.sagemaker.tags(endpoint_configs(aws.sagemaker).arn(made.config))
    except NotFound:
        return {}


def _remove_components(deployment: Deployment, aws: RemovalServices, *, are_all_to_go: bool) -> list[str] | None:
    """Delete what this execution created and is not in service, or all components of an endpoint that is deleted.

    Returns what was called for in this turn; None once nothing is left to wait for.
    """
    removed, is_busy = [], False
    for name in aws.components.names(deployment.endpoint_name):
        try:
            found = aws.components.describe(name)
            is_ours = deployment.created(aws.sagemaker.tags(found["InferenceComponentArn"]))
        except NotFound:
            continue
        status = found["InferenceComponentStatus"]
        is_to_go = are_all_to_go or (is_ours and status == COMPONENT_FAILED)
        if status in SETTLED and is_to_go:
            with suppress(EndpointBusy, NotFound):
                aws.components.delete(name)
                removed.append(f"InferenceComponent {name}")
        is_busy = is_busy or is_to_go or (is_ours and status not in SETTLED)
    return removed if is_busy else None


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


def _remove_config_and_models(
    deployment: Deployment, made: Made, needed: frozenset[str], aws: RemovalServices
) -> Removal:
    def is_removable(_arn: str, tags: Tags) -> bool:
        return IN_SERVICE_AT not in tags and _may_go(tags, deployment, aws)

    version = read_version(made.config, aws.sagemaker)
    removal = _version_removal(deployment, made, version, is_removable, aws)
    removed = list(removal.remove(version, needed)) if version else []
    # Not created, or removed in a turn that did not end; and no configuration names the models of components.
    if version is None or "Components" in deployment.plan:
        removed += [one for name in sorted(made.models - needed) for one in removal.remove_model(name, made.endpoint)]
    return _what_stays(made, removed, removal.in_use, aws)


def _remove_models_of_job(deployment: Deployment, made: Made, aws: RemovalServices) -> Removal:
    """Remove a transform job's models, unless another execution created one, or found it last, and may rely on it."""

    def is_removable(_arn: str, tags: Tags) -> bool:
        others = {tags.get(EXECUTION, ""), owner_of(tags)} - {deployment.execution["Id"]}
        return all(end_of(one, aws.describe_execution) in FAILED for one in others)

    removal = _version_removal(deployment, made, None, is_removable, aws)
    removed = [one for name in sorted(made.models) for one in removal.remove_model(name, made.endpoint)]
    return _what_stays(made, removed, removal.in_use, aws)


def _version_removal(
    deployment: Deployment,
    made: Made,
    version: Version | None,
    is_removable: Callable[[str, Tags], bool],
    aws: RemovalServices,
) -> VersionRemoval:
    in_use = ResourcesInUse(aws.versions)
    found = [version.tags if version else {}, *(_tags_of_model(name, aws) for name in made.models)]
    others = {one for tags in found for one in (tags.get(EXECUTION, ""), owner_of(tags))} - {deployment.execution["Id"]}
    in_use.read(None if others - {""} else deployment.started - CLOCKS)
    return VersionRemoval(aws.versions, in_use, is_removable)


def _tags_of_model(name: str, aws: RemovalServices) -> Tags:
    try:
        return aws.sagemaker.tags(models(aws.sagemaker).arn(name))
    except NotFound:
        return {}


def _what_stays(made: Made, removed: list[str], in_use: ResourcesInUse, aws: RemovalServices) -> Removal:
    found = {f"Model {name}": models(aws.sagemaker) for name in sorted(made.models)}
    found = {f"EndpointConfig {made.config}": endpoint_configs(aws.sagemaker), **found}
    kept = [shown for shown, kind in found.items() if shown not in removed and kind.exists(shown.split()[1])]
    return Removal(Removed=removed, Kept=kept, IsBusy=False, Hint=" ".join(in_use.doubts) if kept else "")


def _may_go(tags: Mapping[str, str], deployment: Deployment, aws: RemovalServices) -> bool:
    """Say whether this execution removes it: no other one that relies on it requested it last, or has announced it."""
    owner, creator = owner_of(tags), tags.get(EXECUTION, "")
    is_ours = deployment.created({EXECUTION: owner}) or end_of(owner, aws.describe_execution) in FAILED
    return is_ours and (deployment.created(tags) or end_of(creator, aws.describe_execution) in UNANNOUNCED)


def _needed_models(made: Made, aws: RemovalServices) -> frozenset[str]:
    """Return the models of this endpoint's other configurations: other hosting of the same archives, and candidates."""
    candidates = aws.sagemaker.list_endpoint_configs(f"{candidate_stem(made.endpoint)}-")
    others = {*config_names(made.endpoint, aws.sagemaker), *candidates} - {made.config}
    return frozenset().union(*(_models_of(name, aws) for name in others))


def _models_of(config_name: str, aws: RemovalServices) -> frozenset[str]:
    try:
        return models_of(aws.sagemaker.describe_endpoint_config(config_name))
    except NotFound:
        return frozenset()


def _waiting(made: Made, needed: frozenset[str] = frozenset()) -> Removal:
    """Return that an endpoint which stays is busy: what serves once it is not shows what can go."""
    hint = f"The endpoint {made.endpoint} is busy: its next deployment removes what this one made and nothing uses."
    return Removal(Removed=[], Kept=[*made.content(needed)], IsBusy=True, Hint=hint)


def _busy(made: Made, removed: list[str] | None = None) -> Removal:
    """Return that an endpoint which is to go is busy."""
    commands = [f"aws sagemaker delete-endpoint --endpoint-name {made.endpoint}"]
    if made.is_whole:
        commands.append(f"aws sagemaker delete-endpoint-config --endpoint-config-name {made.config}")
        commands += [f"aws sagemaker delete-model --model-name {name}" for name in sorted(made.models)]
    hint = "AWS does not delete a busy endpoint; when it is Failed or InService, run: " + " && ".join(commands)
    return Removal(Removed=removed or [], Kept=[f"Endpoint {made.endpoint}", *made.content()], IsBusy=True, Hint=hint)
