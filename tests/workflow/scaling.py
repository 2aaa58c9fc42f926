"""Application Auto Scaling of endpoint variants, as far as deployments call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.workflow.deployed_stack import ACCOUNT, REGION
from tests.workflow.failures import CallNotAnswered

Request = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
JSON = {"Content-Type": "application/x-amz-json-1.1"}
ARN = f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/Scaling"


class NotRegistered(Exception):
    """There is no such scalable target."""


class RoleIsNew(Exception):
    """The service-linked role was created a moment ago, and cannot be assumed yet."""


class ScalableTargets:
    """`targets`, their `policies`, `steps` and `actions`, all by resource id: what was last asked for."""

    def __init__(self) -> None:
        self.targets: dict[str, Request] = {}
        self.policies: dict[str, Request] = {}
        self.steps: dict[str, Request] = {}
        self.actions: dict[str, list[Request]] = {}
        self._refusals = 0
        self._operations: dict[str, Callable[[Request], Request]] = {
            "RegisterScalableTarget": self._register,
            "PutScalingPolicy": self._put_policy,
            "DescribeScalingPolicies": self._describe_policies,
            "DescribeScheduledActions": self._describe_actions,
            "PutScheduledAction": self._put_action,
            "DeleteScalingPolicy": self._delete_policy,
            "DeleteScheduledAction": self._delete_action,
            "DescribeScalableTargets": self._describe,
            "DeregisterScalableTarget": self._deregister,
        }

    def take_over(self, other: ScalableTargets) -> None:
        """Hold what another holds."""
        self.targets, self.policies, self.actions = dict(other.targets), dict(other.policies), dict(other.actions)
        self.steps = dict(other.steps)

    def role_is_new_for(self, registrations: int) -> None:
        """Let the next registrations be refused as AWS refuses the first of an account."""
        self._refusals = registrations

    def answer(self, operation: str, body: bytes) -> Answer:
        """Answer one request. Raises `CallNotAnswered` for an operation that is not known here."""
        if operation not in self._operations:
            raise CallNotAnswered(f"application-autoscaling:{operation}")
        try:
            return 200, JSON, json.dumps(self._operations[operation](json.loads(body))).encode()
        except RoleIsNew:
            # terraform-provider-aws retries exactly this: "Unable to assume IAM role".
            refusal = {"__type": "ValidationException", "message": f"Unable to assume IAM role: {ROLE}"}
            return 400, JSON, json.dumps(refusal).encode()
        except NotRegistered as error:
            refusal = {"__type": "ObjectNotFoundException", "message": str(error)}
            return 400, JSON, json.dumps(refusal).encode()

    def _register(self, request: Request) -> Request:
        if self._refusals:
            self._refusals -= 1
            raise RoleIsNew
        resource = request["ResourceId"]
        self.targets[resource] = {**self.targets.get(resource, {}), **request}
        return {"ScalableTargetARN": ARN + resource}

    def _put_policy(self, request: Request) -> Request:
        kept = self.steps if request["PolicyType"] == "StepScaling" else self.policies
        kept[self._registered(request)] = request
        return {"PolicyARN": f"{ARN}{request['ResourceId']}:{request['PolicyName']}", "Alarms": []}

    def _delete_policy(self, request: Request) -> Request:
        for kept in (self.policies, self.steps):
            if kept.get(request["ResourceId"], {}).get("PolicyName") == request["PolicyName"]:
                del kept[request["ResourceId"]]
        return {}

    def _delete_action(self, request: Request) -> Request:
        resource, name = request["ResourceId"], request["ScheduledActionName"]
        self.actions[resource] = [one for one in self.actions[resource] if one["ScheduledActionName"] != name]
        return {}

    def _describe(self, request: Request) -> Request:
        wanted = request.get("ResourceIds", self.targets)
        found = [self.targets[resource] for resource in wanted if resource in self.targets]
        return {"ScalableTargets": [{**target, "RoleARN": ROLE, "CreationTime": 0} for target in found]}

    def _describe_policies(self, request: Request) -> Request:
        kept = [kept.get(request["ResourceId"]) for kept in (self.policies, self.steps)]
        return {"ScalingPolicies": [{**one, "PolicyARN": "arn", "CreationTime": 0} for one in kept if one]}

    def _put_action(self, request: Request) -> Request:
        resource = self._registered(request)
        self.actions[resource] = [*self.actions.get(resource, []), request]
        return {}

    def _describe_actions(self, request: Request) -> Request:
        found = self.actions.get(request["ResourceId"], [])
        return {"ScheduledActions": [{**one, "ScheduledActionARN": "arn", "CreationTime": 0} for one in found]}

    def _deregister(self, request: Request) -> Request:
        resource = self._registered(request)
        del self.targets[resource]
        self.policies.pop(resource, None)
        self.steps.pop(resource, None)
        self.actions.pop(resource, None)
        return {}

    def _registered(self, request: Request) -> str:
        resource = str(request["ResourceId"])
        if resource not in self.targets:
            raise NotRegistered(f"No scalable target registered for {resource}")
        return resource
