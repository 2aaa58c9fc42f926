"""IAM in a world: every call is evaluated by the policies of the role that it is made under."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from slipway_local.iam.policies import Principal, TagsOf, no_tags, refusal, refused
from slipway_local.iam.required_actions import RequiredAction, Scope, required_actions_of_state
from tests.conventions.project import Json
from tests.permissions.requests import bucket_of, required_actions_of_request
from tests.permissions.roles import WORKFLOW_ROLE, role_of_function
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

    def check(self, world: World) -> None:
        """Evaluate a world's calls from now on; policies may ask for the tags that its resources have then."""
        self._tags_of = lambda resource: dict(world.sagemaker.tagging.tagged()).get(resource, {})
        world.guard = self

    def refuses(self, role: str, needs: list[RequiredAction]) -> str | None:
        """Return AWS's words of refusal, None when the role may."""
        self.asked.update((role, need) for need in needs)
        need = refused(self._callers[role], needs, PLACE, self._tags_of)
        return refusal(self._callers[role], need) if need else None

    def allow_task(self, resource: str, arguments: Any) -> None:
        """Let the workflow perform a task. Raises `TaskError` as Step Functions names it."""
        refused_with = self.refuses(WORKFLOW_ROLE, required_actions_of_state(resource, arguments, PLACE))
        if refused_with:
            raise TaskError(_error_name(resource), refused_with)

    def answer(self, call: Call, request: AWSPreparedRequest, perform: Callable[[], AWSResponse]) -> AWSResponse:
        """Answer a function's request, if its role may make it. What states call themselves was seen as a task."""
        role = role_of_function().get(f"{call.state}Function") or call.state.removesuffix("Function")
        if role not in self._callers:
            return perform()
        refused_with = self.refuses(role, required_actions_of_request(call.service, call.operation, request, PLACE))
        if refused_with:
            return denied(call, request, refused_with)
        return self._unless_hidden(role, call, request, perform())

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
