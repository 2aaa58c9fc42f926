"""IAM in a world: every call is evaluated by the policies of the role that it is made under."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from slipway_local.iam.policies import Principal, TagsOf, no_tags, refusal, refused
from slipway_local.iam.required_actions import RequiredAction, Scope, made_for_caller, required_actions_of_state
from tests.conventions.project import Json
from tests.permissions.requests import bucket_of, required_actions_of_request
from tests.permissions.roles import EXECUTION_ROLE, role_of_function, role_of_machine
from tests.workflow.deployed_stack import ACCOUNT, REGION
from tests.workflow.failures import TaskError
from tests.workflow.faults import Call, denied
from tests.workflow.world import World

PLACE = Scope(REGION, ACCOUNT)
# Step Functions names what the Java SDK does not model after the service.
UNNAMED = {"lambda": "Lambda.AWSLambdaException", "events": "EventBridge.EventBridgeException"}


class PolicyGuard:
    """Refuses what the policies do not allow; `asked` is every need that arose, with its role."""

    def __init__(self, statements: Mapping[str, list[Json]]) -> None:
        self._callers = {
            role: Principal.of(f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/test", [{"Statement": stated}])
            for role, stated in statements.items()
        }
        self.asked: set[tuple[str, RequiredAction]] = set()
        self._tags_of: TagsOf = no_tags
        self._depending: Callable[[str, Mapping[str, Any]], list[tuple[str, str]]] = lambda _operation, _params: []

    def check(self, world: World) -> None:
        """Evaluate a world's calls from now on; policies may ask for the tags that its resources have then."""
        self._tags_of = lambda resource: dict(world.sagemaker.tagging.tagged()).get(resource, {})
        world.guard = self
        self._depending = world.sagemaker.needed_of_caller
        world.roles.refuse = self._refuse_sagemaker

    def refuses(self, role: str, needs: list[RequiredAction]) -> str | None:
        """Return AWS's words of refusal, None when the role may."""
        self.asked.update((role, need) for need in needs)
        need = refused(self._callers[role], needs, PLACE, self._tags_of)
        return refusal(self._callers[role], need) if need else None

    def _refuse_sagemaker(self, role_arn: str, needed: Sequence[tuple[str, str]]) -> str | None:
        # What SageMaker does as the execution role: every world's models have the stack's own.
        return self.refuses(EXECUTION_ROLE, [RequiredAction(action, resource) for action, resource in needed])

    def allow_task(self, machine: str, resource: str, arguments: Any) -> None:
        """Let the workflow perform a task. Raises `TaskError` as Step Functions names it."""
        needed = required_actions_of_state(resource, arguments, PLACE)
        if ":sagemaker:" in resource:
            operation = resource.rpartition(":")[2]
            needed += self._needed(operation[:1].upper() + operation[1:], arguments)
        refused_with = self.refuses(role_of_machine(machine), needed)
        if refused_with:
            raise TaskError(_error_name(resource), refused_with)

    def allow(self, machine: str, action: str, resource: str) -> None:
        """Let a Map state perform an action. Raises `TaskError`, to which the state gives its own name."""
        refused_with = self.refuses(role_of_machine(machine), [RequiredAction(action, resource)])
        if refused_with:
            raise TaskError("States.Runtime", refused_with)

    def answer(self, call: Call, request: AWSPreparedRequest, perform: Callable[[], AWSResponse]) -> AWSResponse:
        """Answer a function's request, if its role may make it. What states call themselves was seen as a task."""
        role = role_of_function().get(f"{call.state}Function") or call.state.removesuffix("Function")
        if role not in self._callers:
            return perform()
        needed = required_actions_of_request(call.service, call.operation, request, PLACE)
        if call.service == "sagemaker":
            needed += self._needed(call.operation, json.loads(request.body))
        refused_with = self.refuses(role, needed)
        if refused_with:
            return denied(call, request, refused_with)
        return self._unless_hidden(role, call, request, perform())

    def _needed(self, operation: str, params: Mapping[str, Any]) -> list[RequiredAction]:
        return [made_for_caller(action, resource, PLACE) for action, resource in self._depending(operation, params)]

    def _unless_hidden(self, role: str, call: Call, request: AWSPreparedRequest, answer: AWSResponse) -> AWSResponse:
        # "If you have the s3:ListBucket permission on the bucket, Amazon S3 returns 404", otherwise 403: API reference
        # of GetObject and HeadObject.
        if call.service != "s3" or not call.operation.endswith("Object") or answer.status_code != 404:
            return answer
        refused_with = self.refuses(role, [RequiredAction("s3:ListBucket", bucket_of(request))])
        return denied(call, request, refused_with) if refused_with else answer


def _error_name(resource: str) -> str:
    service = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").partition(":")[0]
    prefixes = {"sagemaker": "SageMaker", "applicationautoscaling": "ApplicationAutoScaling"}
    prefix = prefixes.get(service, service.capitalize())
    return UNNAMED.get(service, f"{prefix}.{prefix}Exception")
