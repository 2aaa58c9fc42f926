"""DeployComponents: the inference components of an endpoint, each created or updated without touching the others.

One call is one turn: it calls for what can be called for now, and the workflow comes back until nothing is busy. What
is there is read each time, so that a turn may be taken twice. Components that the deployment does not name any more are
deleted last, once everything that it names is in service.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, NotRequired, TypedDict

from slipway.aws.inference_components import FAILED, SETTLED, InferenceComponents
from slipway.aws.sagemaker import Request, SageMaker
from slipway.deployment.deployment import Deployment
from slipway.deployment.endpoint_status import uses
from slipway.deployment.ordering import is_newer
from slipway.deployment.tags import ARTIFACT, STACK, created_by
from slipway.errors import (
    AlreadyExists,
    ComponentNameTaken,
    DeadlineExceeded,
    EndpointBusy,
    NewerDeploymentInPlace,
    NotFound,
)
from slipway.hosting.requests import agrees, component_requests

Description = Mapping[str, Any]


class Component(TypedDict):
    """A component of the deployment; `Action` is Created, Updated or Unchanged."""

    InferenceComponentName: str
    ModelName: str
    CopyCount: int
    Action: str


class Progress(TypedDict):
    """What a turn found, and what earlier turns have begun.

    `Updates` are the components that this execution has updated, with the LastModifiedTime before. `Failed` is one that
    did not become what the deployment says, and `Message` why.
    """

    IsBusy: bool
    Created: list[str]
    Updates: dict[str, str]
    Removed: list[str]
    Components: list[Component]
    Failed: NotRequired[str]
    Message: NotRequired[str]


@dataclass(frozen=True)
class ComponentServices:
    """The services that the step calls."""

    sagemaker: SageMaker
    components: InferenceComponents


@dataclass(frozen=True)
class Turn:
    """What became of one component: `reason` is why it failed, `serves` says that an earlier version does."""

    name: str
    is_busy: bool = False
    is_created: bool = False
    updated_from: str = ""
    reason: str | None = None
    serves: bool = False


def deploy_components(
    deployment: Deployment, config_name: str, models: Sequence[str], before: Mapping[str, Any], aws: ComponentServices
) -> Progress:
    """Take one turn. `models` are the names of the components' models, `before` is the last turn's progress.

    Raises `NewerDeploymentInPlace`, `ComponentNameTaken`, `DeadlineExceeded`, and what SageMaker refuses.
    """
    progress = Progress(
        IsBusy=_is_endpoint_busy(deployment, config_name, aws),
        Created=list(before.get("Created", [])),
        Updates=dict(before.get("Updates", {})),
        Removed=list(before.get("Removed", [])),
        Components=[],
    )
    requests = component_requests(deployment.plan, models)
    if not progress["IsBusy"]:
        turns = [_deploy(request, progress["Updates"], deployment, aws) for request in requests]
        progress["Created"] += [one.name for one in turns if one.is_created and one.name not in progress["Created"]]
        progress["Updates"] |= {one.name: one.updated_from for one in turns if one.updated_from}
        progress["IsBusy"] = any(one.is_busy for one in turns)
        if not progress["IsBusy"]:
            _end(turns, progress, deployment, aws)
    progress["Components"] = [_shown(request, progress) for request in requests]
    if progress["IsBusy"] and datetime.now(UTC) > deployment.deadline:
        raise DeadlineExceeded(
            f"The inference components of {deployment.endpoint_name} were still being changed at the deadline, "
            f"{deployment.plan['Deadline']}: deploy again, or raise DeadlineMinutes."
        )
    return progress


def _is_endpoint_busy(deployment: Deployment, config_name: str, aws: ComponentServices) -> bool:
    """Say whether the endpoint cannot take components now. Raises `NewerDeploymentInPlace`."""
    endpoint = aws.sagemaker.describe_endpoint(deployment.endpoint_name)
    if not uses(endpoint, config_name) or _is_requested_since(deployment, config_name, aws):
        raise NewerDeploymentInPlace(
            f"A deployment that was requested after this one changes the endpoint {deployment.endpoint_name}."
        )
    return bool(endpoint["EndpointStatus"] != "InService")


def _is_requested_since(deployment: Deployment, config_name: str, aws: ComponentServices) -> bool:
    arn = aws.sagemaker.describe_endpoint_config(config_name)["EndpointConfigArn"]
    return is_newer(aws.sagemaker.tags(arn), deployment.requested_at)


def _deploy(request: Request, updates: Mapping[str, str], deployment: Deployment, aws: ComponentServices) -> Turn:
    """Bring one component nearer to what the deployment says, or find that it is that."""
    name = str(request["InferenceComponentName"])
    try:
        found = aws.components.describe(name)
    except NotFound:
        return _create(request, deployment, aws)
    tags = aws.sagemaker.tags(found["InferenceComponentArn"])
    if found["EndpointName"] != deployment.endpoint_name or tags.get(STACK) != deployment.settings.stack_name:
        raise ComponentNameTaken(
            f"InferenceComponentName is {name}, but a component of that name exists on the endpoint "
            f"{found['EndpointName']} that this deployment does not manage: choose another name, or delete it."
        )
    status = found["InferenceComponentStatus"]
    if status not in SETTLED:
        return Turn(name, is_busy=True)
    if status == FAILED:
        if created_by(tags, deployment.execution) or name in updates:
            return Turn(name, reason=found.get("FailureReason", ""))
        return _call_for(name, lambda: aws.components.delete(name))  # of a deployment before; the next turn creates it
    return _update(request, found, updates, aws)


def _create(request: Request, deployment: Deployment, aws: ComponentServices) -> Turn:
    tags = [tag for tag in deployment.tags if tag["Key"] != ARTIFACT]  # which its model has, and updates change
    try:
        aws.components.create(request, tags)
    except AlreadyExists:
        return Turn(str(request["InferenceComponentName"]), is_busy=True)  # it is not visible yet
    return Turn(str(request["InferenceComponentName"]), is_busy=True, is_created=True)


def _update(request: Request, found: Description, updates: Mapping[str, str], aws: ComponentServices) -> Turn:
    """Update a component that is in service, unless it agrees."""
    name, modified = str(request["InferenceComponentName"]), found["LastModifiedTime"].isoformat()
    copies = request["RuntimeConfig"]["CopyCount"]
    has_specification = agrees(request["Specification"], found.get("Specification"))
    if has_specification and found["RuntimeConfig"]["DesiredCopyCount"] == copies:
        return Turn(name)
    if name in updates:
        if updates[name] == modified:
            return Turn(name, is_busy=True)  # the update is not visible yet
        # "the update is rolled back": what served before serves on.
        return Turn(name, reason=found.get("FailureReason", ""), serves=True)
    if has_specification:
        return _call_for(name, lambda: aws.components.set_copies(name, copies), modified)
    members = ("InferenceComponentName", "Specification", "RuntimeConfig")
    wanted = {member: request[member] for member in members}
    return _call_for(name, lambda: aws.components.update(wanted), modified)


def _call_for(name: str, call: Callable[[], None], updated_from: str = "") -> Turn:
    try:
        call()
    except (EndpointBusy, NotFound):
        return Turn(name, is_busy=True)  # another client changes it, or has deleted it
    return Turn(name, is_busy=True, updated_from=updated_from)


def _end(turns: Sequence[Turn], progress: Progress, deployment: Deployment, aws: ComponentServices) -> None:
    """Say which component failed, or delete what the deployment does not name any more."""
    if failed := [one for one in turns if one.reason is not None]:
        progress["Failed"], progress["Message"] = failed[0].name, _message(failed, turns)
        return
    wanted = {one.name for one in turns}
    for other in _others(wanted, deployment, aws):
        progress["IsBusy"] = True
        name = str(other["InferenceComponentName"])
        if other["InferenceComponentStatus"] in SETTLED:
            _call_for(name, partial(aws.components.delete, name))
        if (shown := f"InferenceComponent {name}") not in progress["Removed"]:
            progress["Removed"].append(shown)


def _others(wanted: Collection[str], deployment: Deployment, aws: ComponentServices) -> Iterator[Description]:
    """Yield the components of the endpoint that this stack created and the deployment does not name."""
    for name in aws.components.names(deployment.endpoint_name):
        if name in wanted:
            continue
        try:
            found = aws.components.describe(name)
            tags = aws.sagemaker.tags(found["InferenceComponentArn"])
        except NotFound:
            continue
        if tags.get(STACK) == deployment.settings.stack_name:
            yield found


def _message(failed: Sequence[Turn], turns: Sequence[Turn]) -> str:
    causes = " ".join(
        f"The inference component {one.name} {'was not updated' if one.serves else 'failed'}: "
        f"{(one.reason or 'SageMaker gives no reason').rstrip('.')}."
        for one in failed
    )
    serving = [f"{one.name}{' (as before)' if one.serves else ''}" for one in turns if one.reason is None or one.serves]
    return f"{causes} In service: {', '.join(serving) or 'none'}."


def _shown(request: Request, progress: Progress) -> Component:
    name = str(request["InferenceComponentName"])
    action = "Updated" if name in progress["Updates"] else "Unchanged"
    return Component(
        InferenceComponentName=name,
        ModelName=request["Specification"]["ModelName"],
        CopyCount=request["RuntimeConfig"]["CopyCount"],
        Action="Created" if name in progress["Created"] else action,
    )
