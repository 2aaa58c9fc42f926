"""CreateEndpoint: create it, update it, or find that there is nothing to do; a busy one waits for its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, NotRequired

from slipway.aws.sagemaker import SageMaker, Tags
from slipway.aws.scaling import Scaling
from slipway.aws.tag_reader import TagReader
from slipway.deployment.deployment import Deployment
from slipway.deployment.endpoint_status import BUSY, DELETE_ONLY, is_becoming, serves, uses
from slipway.deployment.ordering import REQUESTED_AT, is_newer
from slipway.deployment.other_executions import RUNNING, DescribeExecution, end_of
from slipway.deployment.plan import UPLOAD, VariantScaling
from slipway.deployment.tags import (
    ADOPTED_CONFIG,
    ARTIFACT,
    CREATED_BY,
    ENDPOINT,
    ENDPOINT_CONFIG,
    EXECUTION,
    IN_SERVICE_AT,
    MANAGED_ALARMS,
    UPDATED_BY,
)
from slipway.errors import (
    AlreadyExists,
    AwsRefused,
    DeadlineExceeded,
    EndpointBusy,
    EndpointNameTaken,
    NewerDeploymentInPlace,
    NotFound,
    ScalingNotOurs,
)
from slipway.hosting.adoption import check_adoption
from slipway.hosting.durations import CREATION_SECONDS, UPDATE_SECONDS, Watch, watch
from slipway.hosting.endpoint_policy import names_scaling
from slipway.hosting.inherited_policy import Policy, policy_of_endpoint, policy_of_new_endpoint, tags_of_policy
from slipway.hosting.newer_deployment import is_newer_in_place
from slipway.hosting.poll_schedule import AT_ONCE
from slipway.hosting.redeployment import check_redeployment, with_artifact_of
from slipway.hosting.refresh_requested_at import refresh_requested_at
from slipway.hosting.scaling import (
    CurrentScaling,
    Hosted,
    current_scaling,
    end_scaling,
    has_other_hosting,
    hosted_by_plan,
)
from slipway.preflight.check_alarms import AlarmStates
from slipway.versions.previous_config import previous_config
from slipway.versions.version import last_version

# How long a Failed endpoint is left to the deployment that created it, which may be long in seeing it.
MAX_UNSEEN = timedelta(minutes=10)


class CreateEndpointOutput(Watch, Policy):
    """What became of the endpoint: `Action` is Created, Updated, Redeployed, AlreadyDeployed, Busy or ProofNeeded.

    ProofNeeded says that the endpoint can be updated, once a candidate has passed the smoke test.

    `Tags` and `UserTags` are what the endpoint bears once it serves the configuration: UpdateEndpoint takes none, and
    tags written before a rollback would be wrong. `HasNewTags` says of AlreadyDeployed that tags differ. `IsNew` says
    that this execution created the endpoint. `PreviousEndpointConfigName` is what a failed update goes back to, and
    `EndedScaling` is what a failed deployment sets up again. What has ended already is not timed: it has `Waits` only.
    `DeployedImages` are those of AlreadyDeployed, as DescribeEndpoint gives them. `Removed` and `Warnings` are for the
    execution's output.
    """

    Action: str
    EndpointName: str
    EndpointConfigName: str
    Removed: list[str]
    Warnings: list[str]
    EndpointArn: NotRequired[str]
    EndpointConfigArn: NotRequired[str | None]
    IsNew: NotRequired[bool]
    HasNewTags: NotRequired[bool]
    Tags: NotRequired[list[dict[str, str]]]
    UserTags: NotRequired[list[dict[str, str]]]
    PreviousEndpointConfigName: NotRequired[str]
    EndedScaling: NotRequired[list[VariantScaling]]
    DeployedImages: NotRequired[list[dict[str, str]]]


@dataclass(frozen=True)
class HostingServices:
    """The services that the step calls."""

    sagemaker: SageMaker
    scaling: Scaling
    alarm_states: AlarmStates
    describe_execution: DescribeExecution

    @cached_property
    def tags(self) -> TagReader:
        """Return what reads each resource's tags once."""
        return TagReader(self.sagemaker)


@dataclass(frozen=True)
class Target:
    """The configuration to be served, the endpoint's tags once it is, what of it can be scaled, and warnings."""

    config_name: str
    config_arn: str | None
    tags: Tags
    hosted: Hosted
    warnings: Sequence[str] = ()


def create_endpoint(
    deployment: Deployment, config_name: str, config_arn: str | None, aws: HostingServices
) -> CreateEndpointOutput:
    """Return what was done. Every path may be taken twice and ends the same.

    Raises `NewerDeploymentInPlace`, `EndpointNotOurs`, `EndpointNameTaken`, `ScalingNotOurs`, `QuotaExceeded`,
    `DeadlineExceeded` when the endpoint stayed busy too long, and what `check_redeployment` raises.
    """
    target = _target(deployment, config_name, config_arn, aws)
    try:
        endpoint = aws.sagemaker.describe_endpoint(deployment.endpoint_name)
    except NotFound:
        return _create(deployment, target, aws)
    warnings = check_adoption(deployment, target.config_name, endpoint, aws.sagemaker, aws.tags)
    if warnings and not uses(endpoint, target.config_name):
        before = {"Key": ADOPTED_CONFIG, "Value": endpoint["EndpointConfigName"]}
        target = replace(target, tags=[*target.tags, before])
    return {**_change(deployment, target, endpoint, aws), "Warnings": [*target.warnings, *warnings]}


def _target(deployment: Deployment, config_name: str, config_arn: str | None, aws: HostingServices) -> Target:
    tags = [*deployment.own_tags, {"Key": ENDPOINT_CONFIG, "Value": config_name}]
    if deployment.alarms:
        tags.append({"Key": MANAGED_ALARMS, "Value": "true"})
    if not deployment.is_redeployment:
        return Target(config_name, config_arn, tags, hosted_by_plan(deployment.plan))
    limits = deployment.settings.limits
    found = check_redeployment(deployment.plan, tags, aws.sagemaker, aws.alarm_states, limits)
    tags = with_artifact_of(aws.tags.of(found.config_arn), tags)
    return Target(config_name, found.config_arn, tags, found.hosted, found.warnings)


def _create(deployment: Deployment, target: Target, aws: HostingServices) -> CreateEndpointOutput:
    name = deployment.endpoint_name
    follow = _watch(deployment, CREATION_SECONDS, aws.tags.if_readable(target.config_arn))
    last = last_version(name, aws.sagemaker)
    if last and last.config_name != target.config_name and is_newer(last.tags, deployment.requested_at):
        raise NewerDeploymentInPlace(
            f"The endpoint {name} was deleted; what it served last was requested after this deployment."
        )
    policy = policy_of_new_endpoint(deployment, target.config_arn, target.hosted, last, aws.tags)
    tags = [*deployment.plan["Tags"], *target.tags, *policy["Policy"], *policy["ScalingPolicy"]]
    if deployment.plan["Trigger"] == UPLOAD:
        tags.append({"Key": CREATED_BY, "Value": UPLOAD})
    try:
        arn = aws.sagemaker.create_endpoint({"EndpointName": name, "EndpointConfigName": target.config_name}, tags)
    except AlreadyExists:
        _check_case(name, aws.sagemaker)
        return _busy(deployment, target)  # another deployment was faster; the next turn sees what is there
    action = "Redeployed" if deployment.is_redeployment else "Created"
    return {**_output(action, deployment, target, arn), "IsNew": True, **policy, **follow}


def _check_case(name: str, sagemaker: SageMaker) -> None:
    # CreateEndpoint compares names without regard to case, the other operations with it (API reference).
    names = sagemaker.list_endpoints()
    other = next((found for found in names if found.lower() == name.lower()), name)
    if other != name and name not in names:
        raise EndpointNameTaken(
            f"EndpointName is {name}, but the endpoint {other} exists, and SageMaker takes no second name that differs "
            f"in upper and lower case only: write {other}, or choose another name."
        )


def _change(
    deployment: Deployment, target: Target, endpoint: dict[str, Any], aws: HostingServices
) -> CreateEndpointOutput:
    status, is_ours = endpoint["EndpointStatus"], _is_ours(deployment, target, endpoint, aws)
    if status in DELETE_ONLY:
        return _clear_away(deployment, target, endpoint, aws, is_ours=is_ours)
    _request_again(deployment, target, endpoint, aws)
    if serves(endpoint, target.config_name):
        return _found_in_service(deployment, target, endpoint, aws, is_ours=is_ours)
    if is_ours and is_becoming(endpoint, target.config_name):
        # This step has been taken before: what it began is under way.
        follow = _watch_again(deployment, target, endpoint, aws)
        scaling = _scaling(endpoint, aws)
        return {**_found(_outcome(deployment, endpoint, aws), deployment, target, endpoint, scaling, aws), **follow}
    if status in BUSY:
        return _busy(deployment, target)
    if is_newer_in_place(deployment.requested_at, endpoint, aws.sagemaker, aws.tags):
        raise NewerDeploymentInPlace(
            f"The endpoint {deployment.endpoint_name} serves what was requested after this deployment."
        )
    if deployment.needs_proof:
        return {**_busy(deployment, target), "Action": "ProofNeeded"}
    return _update(deployment, target, endpoint, aws)


def _request_again(deployment: Deployment, target: Target, endpoint: dict[str, Any], aws: HostingServices) -> None:
    # A person may have deleted the configuration while this deployment waited, and an older one created it again:
    # without the tag, a deployment that was requested in between updates the endpoint to its own, and the older one
    # removes it when it fails.
    arn = target.config_arn if uses(endpoint, target.config_name) or not deployment.is_redeployment else None
    found = aws.tags.if_readable(arn)
    if arn and found and found.get(REQUESTED_AT, "") < deployment.requested_at:
        with suppress(NotFound):  # removed in between: it is created again before the endpoint is changed
            refresh_requested_at(arn, deployment.own_tags, aws.sagemaker)


def _found_in_service(
    deployment: Deployment, target: Target, endpoint: dict[str, Any], aws: HostingServices, *, is_ours: bool
) -> CreateEndpointOutput:
    scaling = _scaling(endpoint, aws)
    if deployment.ends_scaling:
        scaling = _end(scaling, endpoint, aws)
    action = _outcome(deployment, endpoint, aws) if is_ours else "AlreadyDeployed"
    output = _found(action, deployment, target, endpoint, scaling, aws)
    if action == "AlreadyDeployed":
        # Nothing is new but what is in service, where tags do not say so yet.
        found, served = aws.tags.of(endpoint["EndpointArn"]), aws.tags.if_readable(target.config_arn)
        output["Tags"] = [tag for tag in output["Tags"] if tag["Key"] in (ARTIFACT, ENDPOINT_CONFIG)]
        output["UserTags"] = []
        wanted = {tag["Key"]: tag["Value"] for tag in output["Tags"]} | tags_of_policy(output)
        is_unmarked = ENDPOINT in served and IN_SERVICE_AT not in served
        output["HasNewTags"] = is_unmarked or not wanted.items() <= found.items()
        output["DeployedImages"] = [
            {key: image[key] for key in ("SpecifiedImage", "ResolvedImage") if key in image}
            for variant in endpoint.get("ProductionVariants", [])
            for image in variant.get("DeployedImages", [])
        ]
    return output


def _update(
    deployment: Deployment, target: Target, endpoint: dict[str, Any], aws: HostingServices
) -> CreateEndpointOutput:
    scaling = _ended_where_needed(_scaling(endpoint, aws), deployment, target, endpoint, aws)
    action = "Redeployed" if deployment.is_redeployment else "Updated"
    found = _found(action, deployment, target, endpoint, scaling, aws)
    follow = _watch_update(deployment, endpoint, aws)
    request: dict[str, Any] = {"EndpointName": deployment.endpoint_name, "EndpointConfigName": target.config_name}
    if deployment.deployment_config:
        request["DeploymentConfig"] = deployment.deployment_config
    begun = [{"Key": UPDATED_BY, "Value": deployment.execution["Id"]}]
    # With 50 tags, or where it is not allowed, an update whose answer is lost is waited for as another deployment's.
    with suppress(AwsRefused):
        aws.sagemaker.add_tags(endpoint["EndpointArn"], begun)
    try:
        aws.sagemaker.update_endpoint(request | scaling.size_kept(deployment.plan, target.hosted))
    except EndpointBusy:
        return _busy(deployment, target)
    # Nothing that could fail may come now: the endpoint is on its way.
    return {**found, **follow}


def _scaling(endpoint: dict[str, Any], aws: HostingServices) -> CurrentScaling:
    return current_scaling(endpoint, aws.tags.of(endpoint["EndpointArn"]), aws.scaling)


def _ended_where_needed(
    scaling: CurrentScaling, deployment: Deployment, target: Target, endpoint: dict[str, Any], aws: HostingServices
) -> CurrentScaling:
    """End the scaling that SageMaker would refuse the update for, or that the deployment takes off."""
    if not scaling.targets:
        return scaling
    if not deployment.ends_scaling:
        before = _config(endpoint["EndpointConfigName"], aws)
        if not has_other_hosting(before, _config(target.config_name, aws)):
            return scaling
        if not scaling.ours and not names_scaling(deployment.plan):
            raise ScalingNotOurs(
                f"The endpoint {deployment.endpoint_name} is scaled and gets another instance type, which SageMaker "
                "refuses as long as it is, and Slipway has not set its scaling up: name AutoScaling, or {} for none."
            )
    return _end(scaling, endpoint, aws)


def _config(name: str, aws: HostingServices) -> Mapping[str, Any]:
    try:
        return aws.sagemaker.describe_endpoint_config(name)
    except NotFound:
        return {}


def _end(scaling: CurrentScaling, endpoint: dict[str, Any], aws: HostingServices) -> CurrentScaling:
    end_scaling(endpoint, aws.scaling)
    return CurrentScaling((), scaling.ours)


def _clear_away(
    deployment: Deployment, target: Target, endpoint: dict[str, Any], aws: HostingServices, *, is_ours: bool
) -> CreateEndpointOutput:
    # A Failed endpoint can only be deleted. One that this execution made is its own failure, to be explained;
    # one found there is in the way, and the next turn creates it again.
    if is_ours:
        return _found("Created", deployment, target, endpoint, CurrentScaling((), {}), aws)
    if _is_recent(endpoint) and _is_awaited(deployment, endpoint, aws):
        return _busy(deployment, target)
    end_scaling(endpoint, aws.scaling)
    try:
        aws.sagemaker.delete_endpoint(deployment.endpoint_name)
    except (EndpointBusy, NotFound):
        return _busy(deployment, target)  # another deployment deletes it, or has
    return {**_busy(deployment, target), "Removed": [f"Endpoint {deployment.endpoint_name}"]}


def _is_awaited(deployment: Deployment, endpoint: Mapping[str, Any], aws: HostingServices) -> bool:
    """Say whether another deployment that made it runs: it has yet to see why it failed, and removes it then."""
    tags = aws.tags.of(endpoint["EndpointArn"])
    makers = {tags.get(EXECUTION, ""), tags.get(UPDATED_BY, "")} - {deployment.execution["Id"]}
    return any(end_of(maker, aws.describe_execution) == RUNNING for maker in makers)


def _is_recent(endpoint: Mapping[str, Any]) -> bool:
    return bool(datetime.now(UTC) - endpoint["LastModifiedTime"] < MAX_UNSEEN)


def _is_ours(deployment: Deployment, target: Target, endpoint: dict[str, Any], aws: HostingServices) -> bool:
    """Say whether this execution created the endpoint, or began its last update.

    CreateEndpoint takes tags. UpdateEndpoint takes none, so that its caller is tagged before the call.
    """
    tags = aws.tags.of(endpoint["EndpointArn"])
    is_updated = tags.get(UPDATED_BY) == deployment.execution["Id"] and uses(endpoint, target.config_name)
    return is_updated or deployment.created(tags)


def _outcome(deployment: Deployment, endpoint: dict[str, Any], aws: HostingServices) -> str:
    if deployment.is_redeployment:
        return "Redeployed"
    # CreateEndpoint takes tags, UpdateEndpoint does not: an endpoint that bears our mark was created by us.
    return "Created" if deployment.created(aws.tags.of(endpoint["EndpointArn"])) else "Updated"


def _watch_again(deployment: Deployment, target: Target, endpoint: dict[str, Any], aws: HostingServices) -> Watch:
    if endpoint["EndpointStatus"] == "Creating":
        tags = aws.tags.if_readable(target.config_arn)
        return _watch(deployment, CREATION_SECONDS, tags, endpoint["CreationTime"])
    return _watch_update(deployment, endpoint, aws)


def _watch_update(deployment: Deployment, endpoint: dict[str, Any], aws: HostingServices) -> Watch:
    pending = endpoint.get("PendingDeploymentSummary") or {}
    tags = aws.tags.if_readable(endpoint["EndpointArn"])
    follow = _watch(deployment, UPDATE_SECONDS, tags, pending.get("StartTime"))
    return follow | Watch(ReplacedEndpointConfigName=endpoint["EndpointConfigName"])


def _watch(deployment: Deployment, tag: str, tags: Mapping[str, str], started: datetime | None = None) -> Watch:
    now = datetime.now(UTC)
    return watch(tag, tags, started or now, now, deployment.deadline)


def _busy(deployment: Deployment, target: Target) -> CreateEndpointOutput:
    name = deployment.endpoint_name
    if datetime.now(UTC) > deployment.deadline:
        raise DeadlineExceeded(
            f"The endpoint {name} stayed busy until the deadline: wait for it to settle and deploy again, "
            "or raise DeadlineMinutes."
        )
    return CreateEndpointOutput(
        Action="Busy", EndpointName=name, EndpointConfigName=target.config_name, Removed=[], Warnings=[]
    )


def _found(
    action: str,
    deployment: Deployment,
    target: Target,
    endpoint: dict[str, Any],
    scaling: CurrentScaling,
    aws: HostingServices,
) -> CreateEndpointOutput:
    """Return the answer about an endpoint that was there before this turn."""
    found = aws.tags.of(endpoint["EndpointArn"])
    policy = policy_of_endpoint(deployment, found, target.hosted, is_scaling_lost=scaling.is_lost)
    output: CreateEndpointOutput = {
        **_output(action, deployment, target, endpoint["EndpointArn"]),
        **policy,
        "IsNew": deployment.created(found),
    }
    ended = scaling.ended()
    if ended and endpoint["EndpointStatus"] not in {"Creating", *DELETE_ONLY}:  # a new one is not scaled yet
        output["EndedScaling"] = ended
    if endpoint["EndpointStatus"] not in DELETE_ONLY:
        previous = previous_config(endpoint, target.config_name, aws.sagemaker, aws.tags)
        if previous:
            output["PreviousEndpointConfigName"] = previous
    return output


def _output(action: str, deployment: Deployment, target: Target, arn: str) -> CreateEndpointOutput:
    return CreateEndpointOutput(
        Action=action,
        EndpointName=deployment.endpoint_name,
        EndpointConfigName=target.config_name,
        EndpointConfigArn=target.config_arn,
        EndpointArn=arn,
        Tags=target.tags,
        UserTags=deployment.plan["Tags"],
        Waits=AT_ONCE,
        Removed=[],
        Warnings=[],
    )
