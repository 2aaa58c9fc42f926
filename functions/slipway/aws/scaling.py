"""Application Auto Scaling of endpoint variants, over boto3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from slipway.aws.errors import aws_errors

INSTANCES = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}


class Scaling(Protocol):
    """Application Auto Scaling of the instance count of endpoint variants.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def registered(self, resource_ids: Sequence[str]) -> list[str]:
        """Return those of the resources that are scalable targets."""

    def deregister(self, resource_id: str) -> None:
        """End the scaling of a resource, with its policies. Raises `NotFound` for one that is not scaled."""

    def delete_alarms(self, names: Sequence[str]) -> None:
        """Delete the alarms of these names that exist."""


class ScalingSetup(Scaling, Protocol):
    """What scaling is set up with. Each `put` replaces what has the same name."""

    def register(self, resource_id: str, bounds: Mapping[str, int]) -> None:
        """Register a scalable target, or change its bounds. Raises `NotVisibleYet` while its service role is new."""

    def policies(self, resource_id: str) -> list[str]:
        """Return the names of a resource's scaling policies."""

    def put_policy(self, resource_id: str, name: str, policy: Mapping[str, Any]) -> str:
        """Put a scaling policy and return its ARN. Raises `NotVisibleYet` where the target is not visible."""

    def delete_policy(self, resource_id: str, name: str) -> None:
        """Delete a scaling policy. Raises `NotFound`."""

    def scheduled_actions(self, resource_id: str) -> list[str]:
        """Return the names of a resource's scheduled actions."""

    def put_scheduled_action(self, resource_id: str, name: str, action: Mapping[str, Any]) -> None:
        """Put a scheduled action. Raises `NotVisibleYet` where the target is not visible."""

    def delete_scheduled_action(self, resource_id: str, name: str) -> None:
        """Delete a scheduled action. Raises `NotFound`."""

    def put_alarm(self, request: Mapping[str, Any]) -> None:
        """Create an alarm, or change the one of its name."""


class Boto3Scaling:
    """Implements `ScalingSetup`. `cloudwatch` is needed where alarms are put or deleted."""

    def __init__(self, client: Any, cloudwatch: Any) -> None:
        self._client = client
        self._cloudwatch = cloudwatch

    def registered(self, resource_ids: Sequence[str]) -> list[str]:
        # An endpoint has ten variants at most, and a page holds fifty targets.
        with aws_errors():
            answer = self._client.describe_scalable_targets(**INSTANCES, ResourceIds=list(resource_ids))
        return [str(target["ResourceId"]) for target in answer["ScalableTargets"]]

    def deregister(self, resource_id: str) -> None:
        with aws_errors():
            self._client.deregister_scalable_target(**INSTANCES, ResourceId=resource_id)

    def delete_alarms(self, names: Sequence[str]) -> None:
        delete_alarms(self._cloudwatch, names)

    def register(self, resource_id: str, bounds: Mapping[str, int]) -> None:
        with aws_errors():
            self._client.register_scalable_target(**INSTANCES, ResourceId=resource_id, **bounds)

    def policies(self, resource_id: str) -> list[str]:
        with aws_errors():
            answer = self._client.describe_scaling_policies(**INSTANCES, ResourceId=resource_id)
        return [str(policy["PolicyName"]) for policy in answer["ScalingPolicies"]]

    def put_policy(self, resource_id: str, name: str, policy: Mapping[str, Any]) -> str:
        with aws_errors():
            answer = self._client.put_scaling_policy(**INSTANCES, ResourceId=resource_id, PolicyName=name, **policy)
        return str(answer["PolicyARN"])

    def delete_policy(self, resource_id: str, name: str) -> None:
        with aws_errors():
            self._client.delete_scaling_policy(**INSTANCES, ResourceId=resource_id, PolicyName=name)

    def scheduled_actions(self, resource_id: str) -> list[str]:
        with aws_errors():
            answer = self._client.describe_scheduled_actions(**INSTANCES, ResourceId=resource_id)
        return [str(action["ScheduledActionName"]) for action in answer["ScheduledActions"]]

    def put_scheduled_action(self, resource_id: str, name: str, action: Mapping[str, Any]) -> None:
        with aws_errors():
            self._client.put_scheduled_action(**INSTANCES, ResourceId=resource_id, ScheduledActionName=name, **action)

    def delete_scheduled_action(self, resource_id: str, name: str) -> None:
        with aws_errors():
            self._client.delete_scheduled_action(**INSTANCES, ResourceId=resource_id, ScheduledActionName=name)

    def put_alarm(self, request: Mapping[str, Any]) -> None:
        with aws_errors():
            self._cloudwatch.put_metric_alarm(**request)


def delete_alarms(client: Any, names: Sequence[str]) -> None:
    """Delete the alarms of these names that exist."""
    with aws_errors():
        for alarm in client.describe_alarms(AlarmNames=list(names), AlarmTypes=["MetricAlarm"])["MetricAlarms"]:
            client.delete_alarms(AlarmNames=[alarm["AlarmName"]])
