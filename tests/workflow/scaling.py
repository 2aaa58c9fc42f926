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
    """`targets` and their `policies`, both by resource id: what was last asked for."""

    def __init__(self) -> None:
        self.targets: dict[str, Request] = {}
        self.policies: dict[str, Request] = {}
        self._refusals = 0
        self._operations: dict[str, Callable[[Request], Request]] = {
            "RegisterScalableTarget": self._register,
            "PutScalingPolicy": self._put_policy,
            "DescribeScalableTargets": self._describe,
            "DeregisterScalableTarget": self._deregister,
        }

    def take_over(self, other: ScalableTargets) -> None:
        """Hold what another holds."""
        self.targets, self.policies = dict(other.targets), dict(other.policies)

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
        self.policies[self._registered(request)] = request
        return {"PolicyARN": f"{ARN}{request['ResourceId']}:{request['PolicyName']}", "Alarms": []}

    def _describe(self, request: Request) -> Request:
        wanted = request.get("ResourceIds", self.targets)
        found = [self.targets[resource] for resource in wanted if resource in self.targets]
        return {"ScalableTargets": [{**target, "RoleARN": ROLE, "CreationTime": 0} for target in found]}

    def _deregister(self, request: Request) -> Request:
        resource = self._registered(request)
        del self.targets[resource]
        self.policies.pop(resource, None)
        return {}

    def _registered(self, request: Request) -> str:
        resource = str(request["ResourceId"])
        if resource not in self.targets:
            raise NotRegistered(f"No scalable target registered for {resource}")
        return resource
