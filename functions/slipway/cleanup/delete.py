"""The deletion of one idle endpoint: marked, its scaling ended, deleted; its model and configuration stay.

`DeleteIdleEndpoint` is what the scheduled cleanup and `slipway idle` both call, after `Recheck` has found it Idle.
Whatever was made anew or changed since then is left alone (`RecentChanges`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from slipway.aws.retry import Retrier
from slipway.aws.sagemaker import SageMaker
from slipway.aws.scaling import Scaling
from slipway.cleanup.deletion import Estimate, IdleDeletion
from slipway.cleanup.ports import Prices
from slipway.cleanup.recent_changes import RecentChanges
from slipway.cleanup.scope import own_scope
from slipway.cleanup.verdicts import Assessment, Verdict
from slipway.deployment.endpoint_status import Description
from slipway.deployment.resource_names import config_arn_beside
from slipway.deployment.settings import Settings
from slipway.deployment.tags import INSTANCE_TYPE
from slipway.errors import AccessDenied, AwsRefused
from slipway.hosting.endpoint_policy import policy_of_tags
from slipway.hosting.scaling import end_scaling, resources_of
from slipway.prices.hosting_cost import cost_per_hour, hosted_on

MAX_TARGETS = 50  # on a page of DescribeScalableTargets
STAYS_UNSCALED = " If it stays, its scaling has ended: deploy it again with its AutoScaling."


class DeleteIdleEndpoint:
    """Two calls for an endpoint, AddTags and DeleteEndpoint, one more to end its scaling, and one for many at a time.

    The configuration is marked first. Killed in between, or with the answer lost, the deletion is told by the next run
    if it happened (AnnounceDeletions), and the mark is taken back if it did not. A configuration that is not there
    cannot be marked, and its endpoint, which nobody could wake, stays.
    """

    def __init__(
        self,
        sagemaker: SageMaker,
        scaling: Scaling,
        prices: Prices,
        changes: RecentChanges,
        retrier: Retrier,
        now: Callable[[], datetime],
        settings: Settings,
    ) -> None:
        self._sagemaker = sagemaker
        self._scaling = scaling
        self._prices = prices
        self._changes = changes
        self._retrier = retrier
        self._now = now
        self._stack = settings.stack_name
        self._scope = own_scope(settings)
        self._unscaled: set[str] = set()
        self._left_unscaled: set[str] = set()

    def look_at_scaling(self, endpoints: Sequence[Description]) -> None:
        """Learn which of some endpoints are not scaled: one call for 50 variants, instead of one for each endpoint."""
        resources = [resource for endpoint in endpoints for resource in resources_of(endpoint)]
        for start in range(0, len(resources), MAX_TARGETS):
            asked = resources[start : start + MAX_TARGETS]
            scaled = self._retrier(lambda: self._scaling.registered(asked))  # noqa: B023 - called at once
            self._unscaled |= set(asked) - set(scaled)

    def __call__(self, assessment: Assessment, endpoint: Description, tags: Mapping[str, str]) -> IdleDeletion:
        """Delete an endpoint that the last look found Idle, given its description and tags of that look.

        Raises `NotIdle` when it has changed since, `NotFound` when it, or its configuration, is gone, `EndpointBusy`
        when somebody else is at it, and what SageMaker refuses. A `NotYet` says that it is not known whether it was
        deleted: the next run finds out.
        """
        if assessment.verdict is not Verdict.IDLE or assessment.idle_since is None:
            raise ValueError(f"{assessment.name} is {assessment.verdict}, not Idle")
        config_name = str(endpoint["EndpointConfigName"])
        deletion = IdleDeletion(
            endpoint_name=assessment.name,
            config_name=config_name,
            config_arn=config_arn_beside(endpoint["EndpointArn"], assessment.name, config_name),
            idle_since=assessment.idle_since,
            deleted_at=self._now(),
            instances=_count(endpoint),
        )
        deletion, marked = self._mark(deletion, tags)
        estimate = self._estimate(endpoint, marked)
        if not self._unscaled.issuperset(resources_of(endpoint)):
            self._retrier(lambda: self._end_scaling(endpoint))
            self._left_unscaled.add(deletion.endpoint_name)
        self._retrier(lambda: self._changes.refuse(endpoint))
        # Once only: of a second call nobody could say whether the first one, or somebody else, had deleted it.
        self._sagemaker.delete_endpoint(deletion.endpoint_name)
        self._left_unscaled.discard(deletion.endpoint_name)
        return replace(deletion, estimate=estimate)

    def aftermath(self, endpoint_name: str) -> str:
        """Return what is to be said of an endpoint that was to be deleted and stays; empty if it is as it was."""
        return STAYS_UNSCALED if endpoint_name in self._left_unscaled else ""

    def _end_scaling(self, endpoint: Description) -> None:
        self._changes.refuse(endpoint)
        end_scaling(endpoint, self._scaling)

    def _mark(self, deletion: IdleDeletion, tags: Mapping[str, str]) -> tuple[IdleDeletion, Mapping[str, str]]:
        # With the tag of the scope: what is woken is made anew, with the tags of its configuration.
        scope = {key: value for key, value in tags.items() if key == self._scope}
        brought = scope | deletion.tags(self._stack) | policy_of_tags(tags)
        marks = [{"Key": key, "Value": value} for key, value in brought.items()]
        try:
            return deletion, self._retrier(lambda: self._sagemaker.add_tags(deletion.config_arn, marks))
        except AccessDenied:
            raise
        except AwsRefused:
            # Its letters may differ from what was expected; SageMaker itself knows the ARN.
            found = self._retrier(lambda: self._sagemaker.describe_endpoint_config(deletion.config_name))
            named = replace(deletion, config_arn=found["EndpointConfigArn"])
            return named, self._retrier(lambda: self._sagemaker.add_tags(named.config_arn, marks))

    def _estimate(self, endpoint: Description, tags: Mapping[str, str]) -> Estimate | None:
        variants = endpoint.get("ProductionVariants", [])
        if INSTANCE_TYPE in tags and len(variants) == 1 and not endpoint.get("ShadowProductionVariants"):
            config = {"ProductionVariants": [{**variants[0], "InstanceType": tags[INSTANCE_TYPE]}]}
        else:
            name = str(endpoint["EndpointConfigName"])
            config = self._retrier(lambda: self._sagemaker.describe_endpoint_config(name))
        cost = cost_per_hour(hosted_on(endpoint, config), self._prices.hourly_price)
        return Estimate(cost, self._prices.as_of) if cost else None


def _count(endpoint: Description) -> int:
    variants = [*endpoint.get("ProductionVariants", []), *endpoint.get("ShadowProductionVariants", [])]
    return sum(variant.get("CurrentInstanceCount", 0) for variant in variants)
