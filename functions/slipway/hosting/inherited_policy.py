"""Which standing policy an endpoint has after a deployment: the deployment's own words, then what held before."""

from __future__ import annotations

from typing import TypedDict

from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_reader import TagReader
from slipway.deployment.limits import Limits, check_scaling
from slipway.deployment.plan import AutoScaling as Scaling
from slipway.deployment.plan import Execution, Plan
from slipway.deployment.tags import AUTO_SCALING, created_by
from slipway.hosting.endpoint_policy import NONE, may_be_scaled, policy_of_plan, policy_of_tags, scaling_of, user_tags
from slipway.versions.version import is_deleted_idle
from slipway.versions.wake import last_version


class Policy(TypedDict, total=False):
    """What CreateEndpoint answers of it.

    `Policy` are tags for the endpoint and its configuration; `IsPolicyNew` says that the endpoint bears others, and
    `AutoScaling`, if there is any, is what the workflow sets up.
    """

    Policy: list[dict[str, str]]
    IsPolicyNew: bool
    AutoScaling: Scaling


def policy_of_new_endpoint(
    plan: Plan, config_arn: str | None, sagemaker: SageMaker, tags: TagReader, limits: Limits
) -> Policy:
    """Return the policy of an endpoint that is about to be created, and the user's tags that it had.

    A configuration that is put back brings its own. What is newly made takes over what idle cleanup ended: an upload
    wakes an endpoint too. An endpoint that somebody deleted on purpose leaves nothing to take over. Raises
    `TooManyInstances` for scaling of before that the stack's owner does not allow any more.
    """
    if "EndpointConfigName" in plan:
        brought = tags.of(config_arn) if config_arn else {}
    else:
        version = last_version(plan["EndpointName"], sagemaker)
        brought = version.tags if version and is_deleted_idle(version.tags) else {}
    policy = _fitting(policy_of_tags(brought) | policy_of_plan(plan), plan)
    scaling = scaling_of(policy)
    check_scaling(scaling or {}, f"MaxCapacity of the AutoScaling that {plan['EndpointName']} had", limits)
    return _answer(user_tags(brought, plan) | policy, scaling, is_new=True)


def policy_of_endpoint(plan: Plan, endpoint_arn: str, execution: Execution, tags: TagReader) -> Policy:
    """Return the policy of an endpoint that is there.

    Its scaling is left alone unless the plan names one - or this execution created the endpoint a moment ago, in a turn
    whose answer was lost: then what it created it with is still to be set up.
    """
    found = tags.of(endpoint_arn)
    policy = _fitting(policy_of_tags(found) | policy_of_plan(plan), plan)
    scaling = scaling_of(policy) if created_by(found, execution) or "AutoScaling" in plan else None
    return _answer(policy, scaling, is_new=policy != policy_of_tags(found))


def _fitting(policy: dict[str, str], plan: Plan) -> dict[str, str]:
    # Tags are replaced, not removed: what hosting like this cannot have is said to be none.
    return policy | {AUTO_SCALING: NONE} if AUTO_SCALING in policy and not may_be_scaled(plan) else policy


def _answer(policy: dict[str, str], scaling: Scaling | None, *, is_new: bool) -> Policy:
    tags = [{"Key": key, "Value": value} for key, value in policy.items()]
    answer = Policy(Policy=tags, IsPolicyNew=is_new)
    if scaling:
        answer["AutoScaling"] = scaling
    return answer
