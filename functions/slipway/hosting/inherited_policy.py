"""Which policy an endpoint has after a deployment: what the deployment itself names, then what held before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from slipway.aws.tag_reader import TagReader
from slipway.deployment.deployment import Deployment
from slipway.deployment.limits import check_scaling
from slipway.deployment.plan import VariantScaling
from slipway.deployment.scaling_tag import ByVariant, scaling_text
from slipway.deployment.tags import AUTO_SCALING
from slipway.hosting.endpoint_policy import names_scaling, policy_of_plan, policy_of_tags, scaling_of, user_tags
from slipway.hosting.scaling import Hosted, named_scaling
from slipway.versions.version import Version, is_deleted_idle


class Policy(TypedDict, total=False):
    """What CreateEndpoint answers of it.

    `Policy` and `ScalingPolicy` are tags for the endpoint and its configuration, the latter for once the scaling is set
    up; `AutoScaling`, if there is any, is what the workflow sets up.
    """

    Policy: list[dict[str, str]]
    ScalingPolicy: list[dict[str, str]]
    AutoScaling: list[VariantScaling]


def policy_of_new_endpoint(
    deployment: Deployment, config_arn: str | None, hosted: Hosted, last: Version | None, tags: TagReader
) -> Policy:
    """Return the policy of an endpoint that is about to be created, and the user's tags that it had.

    A configuration that is put back brings its own. What is newly made takes over what idle cleanup ended, from `last`,
    the version that served last: an upload wakes an endpoint too. An endpoint that was deleted on purpose leaves
    nothing to take over. Raises `TooManyInstances` for scaling of before that the stack's owner does not allow now.
    """
    plan = deployment.plan
    if deployment.is_redeployment:
        brought = tags.of(config_arn) if config_arn else {}
    else:
        brought = last.tags if last and is_deleted_idle(last.tags) else {}
    policy = _fitting(policy_of_tags(brought) | policy_of_plan(plan), hosted)
    scaling = hosted.scaling(scaling_of(policy))
    what = f"MaxCapacity of the AutoScaling that {plan['EndpointName']} had"
    check_scaling(scaling.values(), what, deployment.settings.limits)
    return _answer(user_tags(brought, plan) | policy, scaling)


def policy_of_endpoint(
    deployment: Deployment, found: Mapping[str, str], hosted: Hosted, *, is_scaling_lost: bool
) -> Policy:
    """Return the policy of an endpoint that is there and has the tags `found`.

    Its scaling is left alone unless the plan names one, or it is not set up though the tags say so: this execution
    ended it, or created the endpoint, in a turn whose answer was lost.
    """
    policy = _fitting(policy_of_tags(found) | policy_of_plan(deployment.plan), hosted)
    is_to_be_set = is_scaling_lost or deployment.created(found) or names_scaling(deployment.plan)
    return _answer(policy, hosted.scaling(scaling_of(policy)) if is_to_be_set else {})


def tags_of_policy(policy: Policy) -> dict[str, str]:
    """Return all its tags."""
    return {tag["Key"]: tag["Value"] for tag in [*policy["Policy"], *policy["ScalingPolicy"]]}


def _fitting(policy: dict[str, str], hosted: Hosted) -> dict[str, str]:
    # Tags are replaced, not removed: what hosting like this cannot have is said to be none.
    if AUTO_SCALING in policy and not hosted.scaling(scaling_of(policy)):
        return policy | {AUTO_SCALING: scaling_text({})}
    return policy


def _answer(policy: Mapping[str, Any], scaling: ByVariant) -> Policy:
    tags = [{"Key": key, "Value": value} for key, value in policy.items()]
    answer = Policy(
        Policy=[tag for tag in tags if tag["Key"] != AUTO_SCALING],
        ScalingPolicy=[tag for tag in tags if tag["Key"] == AUTO_SCALING],
    )
    if scaling:
        answer["AutoScaling"] = named_scaling(scaling)
    return answer
