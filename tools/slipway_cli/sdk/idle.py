"""What idle cleanup would find of a stack's endpoints, and the same deletion by hand.

The judgement, the last look and the deletion are the product's own; here they are given boto3's clients of a target,
and the policy that the stack was deployed with.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Any

from slipway.aws.retry import OutOfTime, Retrier
from slipway.aws.sagemaker import Boto3SageMaker
from slipway.aws.scaling import Boto3Scaling
from slipway.aws.tag_index import Boto3TagIndex
from slipway.cleanup.aws import Boto3Announcements, Boto3CloudWatch, Boto3Listing
from slipway.cleanup.delete import DeleteIdleEndpoint
from slipway.cleanup.deletion import IdleDeletion
from slipway.cleanup.notify import AnnounceDeletions
from slipway.cleanup.policy import IdlePolicy
from slipway.cleanup.recent_changes import RecentChanges
from slipway.cleanup.recheck import MAX_AT_ONCE, Recheck, Snapshot
from slipway.cleanup.scope import idle_policy
from slipway.cleanup.survey import AssessEndpoints
from slipway.cleanup.verdicts import Assessment, NotIdle, Verdict
from slipway.deployment.settings import Settings
from slipway.errors import NotFound, SlipwayError
from slipway.prices import Prices, load_prices
from slipway.prices.hosting_cost import cost_per_hour, hosted_on
from slipway_cli.sdk.endpoints import AT_ONCE
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target

MAX_SECONDS = 900.0  # of judging, and of deleting: as long as the function has
TOO_LONG = "AWS took too long to answer."
# Two calls each, which the scheduled cleanup spares itself: the idle ones come first.
MAX_PRICED = 200
# The stack's parameters that matter here, as the functions are told them.
PARAMETERS = {"IdleAfterMinutes": "IDLE_AFTER_MINUTES", "IdleScope": "IDLE_SCOPE", "HostingPrices": "PRICES"}


class NotAllJudged(ClientError):
    """A listing failed or took too long; what was judged until then has been shown."""


class NotAllDeleted(ClientError):
    """Idle endpoints could not be deleted; why has been shown."""


@dataclass(frozen=True)
class Survey:
    """Judgements by name, with US dollars an hour of those that have a price; `stopped` says why there are not more."""

    assessments: list[Assessment]
    costs: dict[str, float]
    stopped: str

    @property
    def idle(self) -> list[Assessment]:
        """Return those that may be deleted."""
        return [assessment for assessment in self.assessments if assessment.verdict is Verdict.IDLE]


@dataclass(frozen=True)
class Deleted:
    """What became of an endpoint that was to be deleted: the deletion, or why it was left; `failed` if by an error."""

    name: str
    deletion: IdleDeletion | None
    left: str = ""
    failed: bool = False


class IdleEndpoints:
    """Judges, prices and deletes, under the stack's own policy, or another window where one is given."""

    def __init__(self, target: Target, *, prices: str = "", after_minutes: int | None = None) -> None:
        self._target = target
        self._settings = _settings(target, after_minutes)
        self.prices: Prices = load_prices(prices or self._settings.prices)
        self._sagemaker = Boto3SageMaker(target.client("sagemaker"))
        self._tagging = target.client("resourcegroupstaggingapi")
        self.unannounced = ""  # after `delete`: why nobody else was told

    @property
    def window(self) -> timedelta:
        """Return how long an endpoint that does not say itself must have been unused."""
        return timedelta(minutes=self._settings.idle_after_minutes)

    def survey(self) -> Survey:
        """Judge every endpoint in scope."""
        judging = AssessEndpoints(*self._ports(_retrier()), _now)
        assessments = sorted(judging, key=lambda assessment: assessment.name)
        return Survey(assessments, self._costs(assessments), judging.stopped)

    def delete(self, idle: Sequence[Assessment]) -> Iterator[Deleted]:
        """Look a last time at each, delete those that are still idle, and tell of each as it happens.

        Then they are announced as those of idle cleanup are; `unannounced` says why, where they could not be.
        """
        retrier, deletions = _retrier(), list[IdleDeletion]()
        for start in range(0, len(idle), MAX_AT_ONCE):
            for done in self._look_and_delete(idle[start : start + MAX_AT_ONCE], retrier):
                deletions += [done.deletion] if done.deletion else []
                yield done
        try:
            self._announcer(retrier)(deletions)
        except SlipwayError as error:
            self.unannounced = str(error) or TOO_LONG

    def _look_and_delete(self, idle: Sequence[Assessment], retrier: Retrier) -> Iterator[Deleted]:
        ports = self._ports(retrier)
        changes = RecentChanges(ports[0], _now)
        try:
            found = Recheck(*ports, _now)(idle)
        except OutOfTime:
            yield from (Deleted(assessment.name, None, TOO_LONG, failed=True) for assessment in idle)
            return
        for looked in found:
            yield self._delete(looked, changes, retrier)

    def _delete(self, looked: Snapshot, changes: RecentChanges, retrier: Retrier) -> Deleted:
        assessment = looked.assessment
        if assessment.verdict is not Verdict.IDLE:
            return Deleted(assessment.name, None, f"{assessment.verdict}: {assessment.reason}")
        scaling = Boto3Scaling(self._target.client("application-autoscaling"))
        delete = DeleteIdleEndpoint(self._sagemaker, scaling, self.prices, changes, retrier, _now, self._settings)
        try:
            return Deleted(assessment.name, delete(assessment, looked.endpoint, looked.tags))
        except NotIdle as not_idle:
            return Deleted(assessment.name, None, f"{not_idle.verdict}: {not_idle}.{delete.aftermath(assessment.name)}")
        except SlipwayError as error:
            left = f"{str(error) or TOO_LONG}{delete.aftermath(assessment.name)}"
            return Deleted(assessment.name, None, left, failed=True)

    def _ports(self, retrier: Retrier) -> tuple[Boto3Listing, Boto3CloudWatch, Boto3SageMaker, IdlePolicy, Retrier]:
        listing = Boto3Listing(self._target.client("sagemaker"), self._tagging)
        cloudwatch = Boto3CloudWatch(self._target.client("cloudwatch"))
        return listing, cloudwatch, self._sagemaker, idle_policy(self._settings), retrier

    def _announcer(self, retrier: Retrier) -> AnnounceDeletions:
        client, output = self._target.client, self._target.output
        announcements = Boto3Announcements(client("events"), client("sns"), output("NotificationTopicArn"))
        tellers = (self._sagemaker, Boto3TagIndex(self._tagging), announcements, self.prices, retrier)
        return AnnounceDeletions(*tellers, _now, self._settings)

    def _costs(self, assessments: Sequence[Assessment]) -> dict[str, float]:
        ordered = sorted(assessments, key=lambda assessment: assessment.verdict is not Verdict.IDLE)
        names = [assessment.name for assessment in ordered[:MAX_PRICED]]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            costs = zip(names, pool.map(self._cost, names), strict=True)
            return {name: cost for name, cost in costs if cost is not None}

    def _cost(self, name: str) -> float | None:
        with suppress(NotFound):  # gone since, or its configuration is
            endpoint = self._sagemaker.describe_endpoint(name)
            config = self._sagemaker.describe_endpoint_config(endpoint["EndpointConfigName"])
            hosted = hosted_on(endpoint, config)  # nothing, of serverless variants: they cost by the request
            return cost_per_hour(hosted, self.prices.hourly_price) if hosted else None
        return None


def _settings(target: Target, after_minutes: int | None) -> Settings:
    """Return what the functions are told; their own defaults where the stack has no such parameter."""
    told = {PARAMETERS[name]: value for name, value in _parameters(target).items() if name in PARAMETERS and value}
    if after_minutes is not None:
        told["IDLE_AFTER_MINUTES"] = str(after_minutes)
    about = {"STACK_NAME": target.stack, "AWS_REGION": target.region, "STATE_MACHINE_ARN": target.state_machine_arn}
    return Settings.from_environment(about | told)


def _parameters(target: Target) -> dict[str, str]:
    target.outputs  # noqa: B018 - raises `StackNotFound`, which says what to do
    stacks: list[dict[str, Any]] = target.client("cloudformation").describe_stacks(StackName=target.stack)["Stacks"]
    return {one["ParameterKey"]: one.get("ParameterValue", "") for one in stacks[0].get("Parameters", [])}


def _retrier() -> Retrier:
    ends = time.monotonic() + MAX_SECONDS
    return Retrier(lambda: ends - time.monotonic(), time.sleep, lambda most: SystemRandom().uniform(0, most), 0)


def _now() -> datetime:
    return datetime.now(UTC)
