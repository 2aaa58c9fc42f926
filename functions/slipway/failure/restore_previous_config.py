"""RestorePreviousConfig: a version that failed its test is in service; the one that served before is put back."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

from slipway.aws.sagemaker import SageMaker
from slipway.deployment.deployment import Deployment
from slipway.deployment.endpoint_status import BUSY, pending_config, serves
from slipway.deployment.ordering import is_newer
from slipway.deployment.other_executions import FAILED, RUNNING, DescribeExecution, end_of
from slipway.deployment.tags import IN_SERVICE_AT, RESTORED_AT, RESTORED_FROM, owner_of
from slipway.deployment.timestamps import format_instant
from slipway.errors import AwsRefused, EndpointBusy, NotFound
from slipway.hosting.scaling import KEEPS_SIZE


class Restoration(TypedDict):
    """What serves again, as `EndpointConfig my-endpoint-0f1e2d3c4b5a`.

    `HasBegun` says that this turn began an update, `IsBusy` that another turn is needed.
    """

    Restored: list[str]
    HasBegun: bool
    IsBusy: bool


@dataclass(frozen=True)
class Unproven:
    """The configuration that failed its test, and what served before.

    `is_scaled` says that the update keeps the instance counts that the endpoint has.
    """

    config_name: str
    config_arn: str
    previous: str
    is_scaled: bool

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Unproven:
        """Return what the workflow has seen."""
        names = request["EndpointConfigName"], request["EndpointConfigArn"], request["PreviousEndpointConfigName"]
        return cls(*names, is_scaled=request["IsScaled"])


def restore_previous_config(
    deployment: Deployment,
    unproven: Unproven,
    sagemaker: SageMaker,
    describe_execution: DescribeExecution,
    *,
    may_update: bool,
) -> Restoration:
    """Take one turn: put the previous configuration back, or see whether it serves.

    A newer deployment of the same version finds it in service, and wins; one that failed does not, and the end of one
    that runs is waited for. Raises `QuotaExceeded`, and `NotFound` when the previous configuration is gone.
    """
    try:
        endpoint = sagemaker.describe_endpoint(deployment.endpoint_name)
    except NotFound:
        return _ended()
    if not serves(endpoint, unproven.config_name):
        is_restored = (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", unproven.previous)
        restored = [f"EndpointConfig {unproven.previous}"] if is_restored else []
        is_busy = endpoint["EndpointStatus"] in BUSY or pending_config(endpoint) is not None
        return Restoration(Restored=restored, HasBegun=False, IsBusy=is_busy)
    end = _end_of_newer(deployment, unproven, endpoint, sagemaker, describe_execution)
    if end == RUNNING:
        return _busy(has_begun=False)
    if end not in FAILED or not may_update:
        return _ended()
    return _begin(deployment, unproven, endpoint, sagemaker)


def _end_of_newer(
    deployment: Deployment,
    unproven: Unproven,
    endpoint: Mapping[str, Any],
    sagemaker: SageMaker,
    describe_execution: DescribeExecution,
) -> str:
    """Return how the last newer deployment of the same version ended; ours, which has failed, where there is none."""
    try:
        tags = sagemaker.tags(unproven.config_arn)
    except NotFound:
        return "UNKNOWN"  # nothing says who requested it last
    if is_newer(sagemaker.tags(endpoint["EndpointArn"]), deployment.requested_at):
        return "SUCCEEDED"  # these tags are written at the end
    if not is_newer(tags, deployment.requested_at):
        return "FAILED"
    end = end_of(owner_of(tags), describe_execution)
    is_announced = tags.get(IN_SERVICE_AT, "") > deployment.execution["StartTime"]
    return "SUCCEEDED" if end in FAILED and is_announced else end


def _begin(
    deployment: Deployment, unproven: Unproven, endpoint: Mapping[str, Any], sagemaker: SageMaker
) -> Restoration:
    taken_out = {RESTORED_FROM: unproven.config_arn, RESTORED_AT: format_instant(datetime.now(UTC))}
    with suppress(AwsRefused):  # 50 tags, or not allowed: another deployment then cannot say what became of its version
        sagemaker.add_tags(endpoint["EndpointArn"], [{"Key": key, "Value": taken_out[key]} for key in taken_out])
    # All at once, without DeploymentConfig: the version that serves now answers callers badly.
    request: dict[str, Any] = {"EndpointName": deployment.endpoint_name, "EndpointConfigName": unproven.previous}
    if unproven.is_scaled:
        request |= KEEPS_SIZE
    try:
        sagemaker.update_endpoint(request)
    except EndpointBusy:
        return _busy(has_begun=False)
    return _busy(has_begun=True)


def _busy(*, has_begun: bool) -> Restoration:
    return Restoration(Restored=[], HasBegun=has_begun, IsBusy=True)


def _ended() -> Restoration:
    return Restoration(Restored=[], HasBegun=False, IsBusy=False)
