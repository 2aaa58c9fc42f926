"""RestorePreviousConfig: a version that failed is in service, or will be; the one that served before is put back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NotRequired, TypedDict

from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import Scaling
from slipway.deployment.deployment import Deployment
from slipway.deployment.endpoint_status import BUSY, pending_config, serves
from slipway.deployment.ordering import is_newer
from slipway.deployment.other_executions import FAILED, RUNNING, DescribeExecution, end_of
from slipway.deployment.plan import VariantScaling
from slipway.deployment.tags import ENDPOINT_CONFIG, IN_SERVICE_AT, RESTORED_AT, RESTORED_FROM, owner_of
from slipway.deployment.timestamps import format_instant, is_since
from slipway.errors import AwsRefused, EndpointBusy, NotFound
from slipway.hosting.scaling import CurrentScaling, current_scaling, end_scaling, has_other_hosting, hosted_by_config


class Restoration(TypedDict):
    """What serves again, as `EndpointConfig my-endpoint-0f1e2d3c4b5a`.

    `HasBegun` says that this turn began an update, `IsBusy` that another turn is needed. `EndedScaling` is what this
    turn ended, because SageMaker would have refused the update, and the workflow sets up again.
    """

    Restored: list[str]
    HasBegun: bool
    IsBusy: bool
    EndedScaling: NotRequired[list[VariantScaling]]


@dataclass(frozen=True)
class RestorationServices:
    """The services that the step calls."""

    sagemaker: SageMaker
    scaling: Scaling
    describe_execution: DescribeExecution


@dataclass(frozen=True)
class Unproven:
    """The configuration that failed, what served before, and when the update began (ISO 8601)."""

    config_name: str
    config_arn: str
    previous: str
    since: str

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Unproven:
        """Return what the workflow has seen."""
        names = request["EndpointConfigName"], request["EndpointConfigArn"], request["PreviousEndpointConfigName"]
        return cls(*names, request["Since"])

    def served_before(self, tags: Mapping[str, str]) -> str:
        """Return what served before, by the endpoint's tags.

        An update may begin before the deployment of what serves then has ended, and tagged the endpoint.
        """
        tagged = tags.get(ENDPOINT_CONFIG, "")
        is_later = is_since(tags.get(IN_SERVICE_AT, ""), self.since)
        return tagged if is_later and tagged != self.config_name else self.previous


def restore_previous_config(
    deployment: Deployment, unproven: Unproven, aws: RestorationServices, *, may_update: bool
) -> Restoration:
    """Take one turn: put the previous configuration back, or see whether it serves.

    A newer deployment of the same version finds it in service, and wins; one that failed does not, and the end of one
    that runs is waited for. Raises `QuotaExceeded`, and `NotFound` when the previous configuration is gone.
    """
    try:
        endpoint = aws.sagemaker.describe_endpoint(deployment.endpoint_name)
    except NotFound:
        return _ended()
    tags = aws.sagemaker.tags(endpoint["EndpointArn"])
    if is_newer(tags, deployment.requested_at):
        return _ended()  # a newer deployment has succeeded
    previous = unproven.served_before(tags)
    if not serves(endpoint, unproven.config_name):
        is_restored = (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", previous)
        restored = [f"EndpointConfig {previous}"] if is_restored else []
        is_busy = endpoint["EndpointStatus"] in BUSY or pending_config(endpoint) is not None
        return Restoration(Restored=restored, HasBegun=False, IsBusy=is_busy)
    end = _end_of_newer(deployment, unproven, aws)
    if end == RUNNING:
        return _busy(has_begun=False)
    if end not in FAILED or not may_update:
        return _ended()
    return _begin(deployment, unproven, previous, endpoint, tags, aws)


def _end_of_newer(deployment: Deployment, unproven: Unproven, aws: RestorationServices) -> str:
    """Return how the last newer deployment of the same version ended; ours, which has failed, where there is none."""
    try:
        tags = aws.sagemaker.tags(unproven.config_arn)
    except NotFound:
        return "UNKNOWN"  # nothing says who requested it last
    if not is_newer(tags, deployment.requested_at):
        return "FAILED"
    end = end_of(owner_of(tags), aws.describe_execution)
    is_announced = tags.get(IN_SERVICE_AT, "") > deployment.execution["StartTime"]
    return "SUCCEEDED" if end in FAILED and is_announced else end


def _begin(
    deployment: Deployment,
    unproven: Unproven,
    previous: str,
    endpoint: Mapping[str, Any],
    tags: Mapping[str, str],
    aws: RestorationServices,
) -> Restoration:
    taken_out = {RESTORED_FROM: unproven.config_arn, RESTORED_AT: format_instant(datetime.now(UTC))}
    with suppress(AwsRefused):  # 50 tags, or not allowed: another deployment then cannot say what became of its version
        aws.sagemaker.add_tags(endpoint["EndpointArn"], [{"Key": key, "Value": taken_out[key]} for key in taken_out])
    scaling, begun = current_scaling(endpoint, tags, aws.scaling), _busy(has_begun=True)
    failed, before = (aws.sagemaker.describe_endpoint_config(name) for name in (unproven.config_name, previous))
    # The deployment before may have set scaling up after this one had begun its update, and ended the scaling of then.
    if scaling.targets and scaling.ours and has_other_hosting(failed, before):
        end_scaling(endpoint, aws.scaling)
        scaling = CurrentScaling((), scaling.ours)
    if ended := scaling.ended():
        begun["EndedScaling"] = ended
    # All at once, without DeploymentConfig: the version that serves now has failed.
    request = {"EndpointName": deployment.endpoint_name, "EndpointConfigName": previous}
    try:
        aws.sagemaker.update_endpoint(request | scaling.size_kept(deployment.plan, hosted_by_config(before)))
    except EndpointBusy:
        return {**begun, "HasBegun": False}
    return begun


def _busy(*, has_begun: bool) -> Restoration:
    return Restoration(Restored=[], HasBegun=has_begun, IsBusy=True)


def _ended() -> Restoration:
    return Restoration(Restored=[], HasBegun=False, IsBusy=False)
