"""Deletes one idle endpoint: its configuration is tagged, its scaling ended, the endpoint deleted.

The configuration is tagged first. Killed in between, or with the answer lost, the deletion is announced by the next run
if it happened, and the tag is removed if it did not. Model and configuration stay. A configuration that is not there
cannot be tagged, and its endpoint, which nothing could wake, stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from slipway.cleanup.announce import Estimate, IdleDeletion
from slipway.cleanup.assess import NotIdle, Verdict
from slipway.cleanup.recheck import Candidate, config_arn_of
from slipway.cleanup.run import CleanupRun
from slipway.cleanup.snapshot import instances_of
from slipway.deployment.endpoint_status import Description
from slipway.deployment.tags import INSTANCE_TYPE, MANAGED_ALARMS, STACK
from slipway.errors import AccessDenied, AwsRefused, NotYet, Refused, SlipwayError
from slipway.hosting.create_alarms import managed_alarms_of
from slipway.hosting.endpoint_policy import policy_of_tags
from slipway.hosting.scaling import end_scaling
from slipway.prices.hosting_cost import cost_per_hour, hosted_on

SCALING_ENDED = " If it stays, its scaling has ended: deploy it again with its AutoScaling."


@dataclass(frozen=True)
class Attempt:
    """What became of an endpoint that was to be deleted.

    `deletion` where it was deleted. Otherwise `left` is why it was not, as a clause or a sentence; `error` is the error
    that prevented it, after which it may be deleted all the same, and None where it is not Idle any more.
    """

    name: str
    verdict: Verdict
    deletion: IdleDeletion | None = None
    left: str = ""
    error: SlipwayError | None = None
    was_rechecked_idle: bool = True


def delete_idle_endpoint(run: CleanupRun, candidate: Candidate) -> Attempt:
    """Delete an endpoint that its recheck found Idle: AddTags and DeleteEndpoint, and one call more to end its scaling.

    Raises `OutOfTime`.
    """
    assessment, endpoint = candidate.assessment, candidate.endpoint
    name, warning = assessment.name, ""
    if assessment.verdict is not Verdict.IDLE:
        return Attempt(name, assessment.verdict, left=assessment.reason, was_rechecked_idle=False)
    if candidate.snapshot and candidate.snapshot.components:
        # SageMaker refuses to delete it, and its configuration, which wakes an endpoint, does not name them.
        reason = "it has inference components, which waking would not bring back"
        return Attempt(name, Verdict.OUT_OF_SCOPE, left=reason)
    try:
        deletion = _tag_config(run, candidate)
        if candidate.is_scaled:
            run.retry(lambda: _end_scaling(run, candidate))
            warning = SCALING_ENDED
        if MANAGED_ALARMS in candidate.tags:  # the next update creates them again, if the endpoint stays
            run.retry(lambda: run.aws.delete_alarms(managed_alarms_of(endpoint)))
        run.retry(lambda: candidate.changes.check(endpoint))
        # Once only: of a second call it is not known whether the first one, or another client, had deleted it.
        run.aws.sagemaker.delete_endpoint(name)
    except NotIdle as not_idle:
        return Attempt(name, not_idle.verdict, left=f"{not_idle}.{warning}")
    except (Refused, NotYet) as error:
        return Attempt(name, Verdict.IDLE, left=f"{error}{warning}", error=error)
    return Attempt(name, Verdict.IDLE, deletion)


def _end_scaling(run: CleanupRun, candidate: Candidate) -> None:
    candidate.changes.check(candidate.endpoint)
    end_scaling(candidate.endpoint, run.aws.scaling)


def _tag_config(run: CleanupRun, candidate: Candidate) -> IdleDeletion:
    """Tag the configuration with the deletion that is about to happen. Raises `NotIdle` when it is not in scope."""
    endpoint, tags = candidate.endpoint, candidate.tags
    config_name, scope = str(endpoint["EndpointConfigName"]), run.policy.scope
    config_arn, config_tags = _config(run, candidate)
    if excluded := scope.excludes_config(config_name, config_tags):
        raise NotIdle(Verdict.OUT_OF_SCOPE, excluded)
    deletion = IdleDeletion(
        endpoint_name=endpoint["EndpointName"],
        config_name=config_name,
        config_arn=config_arn,
        idle_since=candidate.assessment.idle_since or endpoint["LastModifiedTime"],
        deleted_at=run.now,
        instances=instances_of(endpoint),
    )
    # With the tag of an owner's scope: an endpoint that wakes is created with the tags of its configuration.
    of_scope = {key: value for key, value in tags.items() if key == scope.key != STACK}
    brought = of_scope | deletion.tags(run.settings.stack_name) | policy_of_tags(tags)
    marks = [{"Key": key, "Value": value} for key, value in brought.items()]
    run.retry(lambda: run.aws.sagemaker.add_tags(config_arn, marks))
    return replace(deletion, estimate=_estimate(run, endpoint, config_tags))


def _config(run: CleanupRun, candidate: Candidate) -> tuple[str, Mapping[str, str]]:
    """Return the ARN and the tags of an endpoint's configuration. Raises `NotFound`."""
    sagemaker, name = run.aws.sagemaker, str(candidate.endpoint["EndpointConfigName"])
    arn = config_arn_of(candidate.endpoint)
    if candidate.config_tags is not None:
        return arn, candidate.config_tags
    try:
        return arn, run.retry(lambda: sagemaker.tags(arn))
    except AccessDenied:
        raise
    except AwsRefused:
        # The case of its letters may differ from what was expected; SageMaker itself knows the ARN.
        found = str(run.retry(lambda: sagemaker.describe_endpoint_config(name))["EndpointConfigArn"])
        return found, run.retry(lambda: sagemaker.tags(found))


def _estimate(run: CleanupRun, endpoint: Description, config_tags: Mapping[str, str]) -> Estimate | None:
    sagemaker, prices = run.aws.sagemaker, run.aws.prices
    variants = endpoint.get("ProductionVariants", [])
    if INSTANCE_TYPE in config_tags and len(variants) == 1 and not endpoint.get("ShadowProductionVariants"):
        config: Description = {"ProductionVariants": [{**variants[0], "InstanceType": config_tags[INSTANCE_TYPE]}]}
    else:
        config = run.retry(lambda: sagemaker.describe_endpoint_config(str(endpoint["EndpointConfigName"])))
    cost = cost_per_hour(hosted_on(endpoint, config), prices.hourly_price)
    return Estimate(cost, prices.as_of) if cost else None
