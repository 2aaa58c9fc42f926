"""ConfigureScaling: an endpoint's variants in Application Auto Scaling, with their policies and schedules.

Whatever is there under our names and not wanted any more is deleted, so that running twice ends the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypedDict, TypeVar

from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import ScalingSetup
from slipway.deployment.endpoint_status import DELETE_ONLY
from slipway.deployment.plan import AutoScaling, Schedule, VariantScaling
from slipway.errors import AwsRefused, NotFound, NotVisibleYet
from slipway.hosting.scaling import HAS_BACKLOG, backlog_alarm_name, resource_id, resources_of

Result = TypeVar("Result")

NAMESPACE = "AWS/SageMaker"
OURS = "slipway-"  # what the names of our policies and scheduled actions begin with
INVOCATIONS = {"PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}}
# SageMaker developer guide, "Autoscale an asynchronous endpoint": the step policy that adds the first instance.
FROM_ZERO = {
    "PolicyType": "StepScaling",
    "StepScalingPolicyConfiguration": {
        "AdjustmentType": "ChangeInCapacity",
        "MetricAggregationType": "Average",
        "Cooldown": 300,
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
    },
}


class ConfigureScalingOutput(TypedDict):
    """What is scaled, as Application Auto Scaling calls it."""

    ResourceIds: list[str]


def configure_scaling(
    endpoint_name: str, scaled: Sequence[VariantScaling], sagemaker: SageMaker, scaling: ScalingSetup
) -> ConfigureScalingOutput:
    """Set up the scaling of these variants, and end that of the endpoint's others.

    Raises `NotVisibleYet` while Application Auto Scaling does not see what was just registered, and `AwsRefused` for an
    endpoint that has failed or is being deleted: its scalable targets would be those of the next one of its name.
    """
    wanted = {resource_id(endpoint_name, one["VariantName"]): one for one in scaled}
    endpoint = sagemaker.describe_endpoint(endpoint_name)
    if endpoint["EndpointStatus"] in {"Deleting", *DELETE_ONLY}:
        raise AwsRefused(f"The endpoint {endpoint_name} is {endpoint['EndpointStatus']}.")
    resources = resources_of(endpoint)
    for resource in scaling.registered(resources):
        if resource not in wanted:
            with suppress(NotFound):
                scaling.deregister(resource)
    for resource, one in wanted.items():
        _configure(endpoint_name, resource, one, scaling)
    return ConfigureScalingOutput(ResourceIds=list(wanted))


def _configure(endpoint_name: str, resource: str, wanted: VariantScaling, scaling: ScalingSetup) -> None:
    scaling.register(resource, _bounds(wanted))
    policies = policies_of(endpoint_name, wanted)
    _delete_others(scaling.policies(resource), policies, lambda name: scaling.delete_policy(resource, name))
    arns = {name: _once_visible(lambda: scaling.put_policy(resource, name, of)) for name, of in policies.items()}  # noqa: B023 - called at once
    alarm = backlog_alarm_name(endpoint_name, wanted["VariantName"])
    if name := next((name for name, policy in policies.items() if policy is FROM_ZERO), None):
        scaling.put_alarm(backlog_alarm(alarm, endpoint_name, arns[name]))
    elif "TargetBacklogPerInstance" in wanted:
        scaling.delete_alarms([alarm])
    actions = {f"{OURS}{number}": action_of(one) for number, one in enumerate(wanted.get("Schedules", []), start=1)}
    existing = scaling.scheduled_actions(resource)
    _delete_others(existing, actions, lambda name: scaling.delete_scheduled_action(resource, name))
    for name, action in actions.items():
        _once_visible(lambda: scaling.put_scheduled_action(resource, name, action))  # noqa: B023 - called at once


def policies_of(endpoint_name: str, wanted: AutoScaling) -> dict[str, dict[str, Any]]:
    """Return the scaling policies of a variant, by name."""
    name, found = f"{OURS}{endpoint_name}", {}
    if "TargetInvocationsPerInstance" in wanted:
        found[name] = _tracking(wanted["TargetInvocationsPerInstance"], INVOCATIONS)
    if "TargetBacklogPerInstance" in wanted:
        found[name] = _tracking(wanted["TargetBacklogPerInstance"], _backlog(endpoint_name))
        if 0 in (wanted["MinCapacity"], *(one["MinCapacity"] for one in wanted.get("Schedules", []))):
            found[f"{name}-from-zero"] = FROM_ZERO
    return found


def _tracking(target: int, metric: Mapping[str, Any]) -> dict[str, Any]:
    configuration = {"TargetValue": float(target), **metric}
    return {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": configuration}


def _backlog(endpoint_name: str) -> dict[str, Any]:
    """Return the metric that asynchronous endpoints are scaled by; it has no dimension VariantName."""
    return {
        "CustomizedMetricSpecification": {
            "MetricName": "ApproximateBacklogSizePerInstance",
            "Namespace": NAMESPACE,
            "Dimensions": [{"Name": "EndpointName", "Value": endpoint_name}],
            "Statistic": "Average",
        }
    }


def backlog_alarm(name: str, endpoint_name: str, policy_arn: str) -> dict[str, Any]:
    """Return the PutMetricAlarm request of the alarm that the developer guide fires the step policy with."""
    return {
        "AlarmName": name,
        "AlarmDescription": f"Starts an instance of the endpoint {endpoint_name} when requests wait and it has none.",
        "Namespace": NAMESPACE,
        "MetricName": HAS_BACKLOG,
        "Dimensions": [{"Name": "EndpointName", "Value": endpoint_name}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
        "AlarmActions": [policy_arn],
    }


def action_of(schedule: Schedule) -> dict[str, Any]:
    """Return the members of PutScheduledAction for a schedule."""
    zone = {"Timezone": schedule["Timezone"]} if "Timezone" in schedule else {}
    return {"Schedule": schedule["ScheduleExpression"], **zone, "ScalableTargetAction": _bounds(schedule)}


def _bounds(of: AutoScaling | Schedule) -> dict[str, int]:
    return {"MinCapacity": of["MinCapacity"], "MaxCapacity": of["MaxCapacity"]}


def _delete_others(found: Sequence[str], wanted: Mapping[str, Any], delete: Callable[[str], None]) -> None:
    for name in found:
        if name.startswith(OURS) and name not in wanted:
            with suppress(NotFound):
                delete(name)


def _once_visible(put: Callable[[], Result]) -> Result:
    """Return what a call answers. API RegisterScalableTarget: what was just registered may not be found."""
    try:
        return put()
    except NotFound as missing:
        raise NotVisibleYet(str(missing)) from missing
