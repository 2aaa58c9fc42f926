"""Application Auto Scaling: moto's backend with what AWS documents of it, and what the scaling of variants reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from slipway_local.engine.services import MotoService, Response, integrate, mount_service
from slipway_local.runtime.auto_scaling import Bounds, Policy, ScheduledAction, Target

SCALING = "application-autoscaling"  # its signing name
SCALING_TARGET_PREFIX = "AnyScaleFrontendService."
SDK_SERVICE = "applicationautoscaling"  # as Step Functions' resources spell it
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
# moto calls everything a ValidationException; the API reference of Deregister and Delete says otherwise.
NOT_FOUND = ("No scalable target found", "No scaling policy found")
# Not in the service's model, so that the Java SDK, and with it Step Functions, has no name of their own for them.
SCALING_UNMODELLED = ("ThrottlingException", "AccessDeniedException", "InternalFailure", "ServiceUnavailable")
NEEDS_TARGET = ("PutScalingPolicy", "PutScheduledAction")

REPLACED = ("content-length", "x-amzn-errortype")


class ApplicationAutoScaling(MotoService):
    """moto's backend with AWS's error codes; a target has to exist for what is put on it, and takes that along."""

    def __init__(self) -> None:
        super().__init__(SCALING)

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        """Answer one request."""
        return with_awss_code(await super().handle_request(method, path, headers, body, query_params))

    def targets(self) -> list[Target]:
        """Return the scalable targets of variants, with what is put on them; nothing is loaded for none."""
        return list(self._targets()) if self._is_used else []

    def set_bounds(self, resource_id: str, bounds: Bounds) -> None:
        """Do what a scheduled action does."""
        with self._lock:
            for backend in self._regions():
                if found := backend.targets.get(DIMENSION, {}).get(resource_id):
                    found.min_capacity, found.max_capacity = bounds.least, bounds.most

    def _answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Response:
        operation = headers.get("x-amz-target", "").removeprefix(SCALING_TARGET_PREFIX)
        request = json.loads(body or b"{}")
        if operation in NEEDS_TARGET and not self._is_registered(request):
            return _not_registered(request)
        response = super()._answer(method, path, headers, body, query_params)
        if operation == "DeregisterScalableTarget" and response[0] == 200:  # noqa: PLR2004 - HTTP's own number
            self._take_along(request)
        return response

    def _regions(self) -> Iterator[Any]:
        from moto.backends import get_backend  # noqa: PLC0415 - that takes seconds, which the engine's start must not

        for account in get_backend("applicationautoscaling").values():
            yield from account.values()

    def _is_registered(self, request: dict[str, Any]) -> bool:
        with self._lock:
            of = [backend.targets.get(request.get("ScalableDimension"), {}) for backend in self._regions()]
        return any(request.get("ResourceId") in targets for targets in of)

    def _take_along(self, request: dict[str, Any]) -> None:
        """Remove the policies and scheduled actions of a target: API DeregisterScalableTarget."""
        resource, dimension = request["ResourceId"], request["ScalableDimension"]

        def is_left(found: Any) -> bool:
            return (found.resource_id, found.scalable_dimension) != (resource, dimension)

        with self._lock:
            for backend in self._regions():
                backend.policies = {key: policy for key, policy in backend.policies.items() if is_left(policy)}
                backend.scheduled_actions = [action for action in backend.scheduled_actions if is_left(action)]

    def _targets(self) -> Iterator[Target]:
        with self._lock:
            for backend in self._regions():
                for target in backend.targets.get(DIMENSION, {}).values():
                    yield _target(backend, target)


def _target(backend: Any, target: Any) -> Target:
    resource = str(target.resource_id)
    policies = [
        Policy(policy.policy_arn, policy.policy_type, policy._policy_body)
        for policy in backend.policies.values()
        if policy.resource_id == resource
    ]
    actions = [
        ScheduledAction(
            action.scheduled_action_name,
            action.schedule,
            action.timezone or "UTC",
            action.scalable_target_action.get("MinCapacity"),
            action.scalable_target_action.get("MaxCapacity"),
        )
        for action in backend.scheduled_actions
        if action.resource_id == resource
    ]
    return Target(resource, Bounds(target.min_capacity, target.max_capacity), tuple(policies), tuple(actions))


def _not_registered(request: dict[str, Any]) -> Response:
    text = (
        f"No scalable target registered for service namespace: {request.get('ServiceNamespace')}, resource ID: "
        f"{request.get('ResourceId')}, scalable dimension: {request.get('ScalableDimension')}"
    )
    answer = {"__type": "ObjectNotFoundException", "message": text}
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amzn-ErrorType": "ObjectNotFoundException"}
    return 400, headers, json.dumps(answer).encode()


def with_awss_code(response: Response) -> Response:
    """Return a response whose error code is the one that AWS documents for its message."""
    status, headers, body = response
    error = json.loads(body) if status == 400 else {}  # noqa: PLR2004 - every refusal of this protocol
    if not str(error.get("message", "")).startswith(NOT_FOUND):
        return response
    code = "ObjectNotFoundException"
    kept = {name: value for name, value in headers.items() if name.lower() not in REPLACED}
    return status, kept | {"X-Amzn-ErrorType": code}, json.dumps(error | {"__type": code}).encode()


def mount_scaling(service: ApplicationAutoScaling, app: Any, router: Any, stepfunctions: Any) -> None:
    """Register the service with MiniStack's application, its router and its Step Functions."""
    mount_service(SCALING, SCALING_TARGET_PREFIX, service, app, router)
    integration = {"target_prefix": SCALING_TARGET_PREFIX.rstrip("."), "service_key": SCALING}
    names = dict.fromkeys(SCALING_UNMODELLED, "ApplicationAutoScalingException")
    integrate(stepfunctions, SDK_SERVICE, integration, "ApplicationAutoScaling", names)
