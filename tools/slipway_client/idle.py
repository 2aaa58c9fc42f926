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

from slipway.adapters.announcements import Boto3Announcements
from slipway.adapters.application_auto_scaling import Boto3Scaling
from slipway.adapters.idle_listing import Boto3Listing
from slipway.adapters.idle_metrics import Boto3CloudWatch
from slipway.adapters.sagemaker import Boto3SageMaker
from slipway.adapters.tag_index import Boto3TagIndex
from slipway.domain.hosting_cost import cost_per_hour, hosted_on
from slipway.domain.idle_deletion import IdleDeletion
from slipway.domain.idle_policy import IdlePolicy
from slipway.domain.idle_verdicts import Judgement, Unlike, Verdict
from slipway.errors import NotFound, SlipwayError
from slipway.prices import Prices, load_prices
from slipway.settings import Settings
from slipway.use_cases.announce_deletions import AnnounceDeletions
from slipway.use_cases.delete_idle_endpoint import DeleteIdleEndpoint
from slipway.use_cases.idle_scope import idle_policy
from slipway.use_cases.judge_endpoints import JudgeEndpoints
from slipway.use_cases.last_look import MOST_AT_ONCE, LastLook, Looked
from slipway.use_cases.patience import OutOfTime, Patience
from slipway.use_cases.recent_changes import RecentChanges
from slipway_client.endpoints import AT_ONCE
from slipway_client.errors import ClientError
from slipway_client.target import Target

MOST_SECONDS = 900.0  # of judging, and of deleting: as long as the function has
TOO_LONG = "AWS took too long to answer."
# Two calls each, which the scheduled cleanup spares itself: the idle ones come first.
MOST_PRICED = 200
# The stack's parameters that matter here, as the functions are told them.
PARAMETERS = {"IdleAfterMinutes": "IDLE_AFTER_MINUTES", "IdleScope": "IDLE_SCOPE", "HostingPrices": "PRICES"}


class NotAllJudged(ClientError):
    """A listing failed or took too long; what was judged until then has been shown."""


class NotAllDeleted(ClientError):
    """Idle endpoints could not be deleted; why has been shown."""


@dataclass(frozen=True)
class Survey:
    """Judgements by name, with US dollars an hour of those that have a price; `stopped` says why there are not more."""

    judgements: list[Judgement]
    costs: dict[str, float]
    stopped: str

    @property
    def idle(self) -> list[Judgement]:
        """Return those that may be deleted."""
        return [judgement for judgement in self.judgements if judgement.verdict is Verdict.IDLE]


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
        judging = JudgeEndpoints(*self._ports(_patience()), _now)
        judgements = sorted(judging, key=lambda judgement: judgement.name)
        return Survey(judgements, self._costs(judgements), judging.stopped)

    def delete(self, idle: Sequence[Judgement]) -> Iterator[Deleted]:
        """Look a last time at each, delete those that are still idle, and tell of each as it happens.

        Then they are announced as those of idle cleanup are; `unannounced` says why, where they could not be.
        """
        patience, deletions = _patience(), list[IdleDeletion]()
        for start in range(0, len(idle), MOST_AT_ONCE):
            for done in self._look_and_delete(idle[start : start + MOST_AT_ONCE], patience):
                deletions += [done.deletion] if done.deletion else []
                yield done
        try:
            self._announcer(patience)(deletions)
        except (SlipwayError, OutOfTime) as error:
            self.unannounced = str(error) or TOO_LONG

    def _look_and_delete(self, idle: Sequence[Judgement], patience: Patience) -> Iterator[Deleted]:
        ports = self._ports(patience)
        changes = RecentChanges(ports[0], _now)
        try:
            found = LastLook(*ports, _now)(idle)
        except OutOfTime:
            yield from (Deleted(judgement.name, None, TOO_LONG, failed=True) for judgement in idle)
            return
        for looked in found:
            yield self._delete(looked, changes, patience)

    def _delete(self, looked: Looked, changes: RecentChanges, patience: Patience) -> Deleted:
        judgement = looked.judgement
        if judgement.verdict is not Verdict.IDLE:
            return Deleted(judgement.name, None, f"{judgement.verdict}: {judgement.reason}")
        scaling = Boto3Scaling(self._target.client("application-autoscaling"))
        delete = DeleteIdleEndpoint(self._sagemaker, scaling, self.prices, changes, patience, _now, self._settings)
        try:
            return Deleted(judgement.name, delete(judgement, looked.endpoint, looked.tags))
        except Unlike as unlike:
            return Deleted(judgement.name, None, f"{unlike.verdict}: {unlike}.{delete.aftermath(judgement.name)}")
        except (SlipwayError, OutOfTime) as error:
            left = f"{str(error) or TOO_LONG}{delete.aftermath(judgement.name)}"
            return Deleted(judgement.name, None, left, failed=True)

    def _ports(self, patience: Patience) -> tuple[Boto3Listing, Boto3CloudWatch, Boto3SageMaker, IdlePolicy, Patience]:
        listing = Boto3Listing(self._target.client("sagemaker"), self._tagging)
        cloudwatch = Boto3CloudWatch(self._target.client("cloudwatch"))
        return listing, cloudwatch, self._sagemaker, idle_policy(self._settings), patience

    def _announcer(self, patience: Patience) -> AnnounceDeletions:
        client, output = self._target.client, self._target.output
        announcements = Boto3Announcements(client("events"), client("sns"), output("NotificationTopicArn"))
        tellers = (self._sagemaker, Boto3TagIndex(self._tagging), announcements, self.prices, patience)
        return AnnounceDeletions(*tellers, _now, self._settings)

    def _costs(self, judgements: Sequence[Judgement]) -> dict[str, float]:
        ordered = sorted(judgements, key=lambda judgement: judgement.verdict is not Verdict.IDLE)
        names = [judgement.name for judgement in ordered[:MOST_PRICED]]
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


def _patience() -> Patience:
    ends = time.monotonic() + MOST_SECONDS
    return Patience(lambda: ends - time.monotonic(), time.sleep, lambda most: SystemRandom().uniform(0, most), 0)


def _now() -> datetime:
    return datetime.now(UTC)
