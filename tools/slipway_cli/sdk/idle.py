"""What idle cleanup would find of a stack's endpoints, and the same deletion by hand.

It is the product's own run, with boto3's clients of a target and the parameters that the stack was deployed with.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from slipway.aws.retry import OutOfTime, random_up_to
from slipway.cleanup.announce import IdleDeletion, announce
from slipway.cleanup.assess import Assessment, Verdict
from slipway.cleanup.aws import cleanup_aws
from slipway.cleanup.delete import Attempt, delete_idle_endpoint
from slipway.cleanup.recheck import candidates
from slipway.cleanup.run import CleanupAws, CleanupRun, Clock
from slipway.cleanup.survey import AssessEndpoints
from slipway.deployment.settings import Settings
from slipway.errors import NotFound, SlipwayError
from slipway.prices import Prices
from slipway.prices.hosting_cost import cost_per_hour, hosted_on
from slipway_cli.sdk.endpoints import AT_ONCE
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.target import Target

MAX_SECONDS = 900.0  # of assessing, and of deleting: as long as the function has
TOO_LONG = "AWS took too long to answer."
# Two calls each, which the scheduled cleanup does not make: the idle ones come first.
MAX_PRICED = 200
# The stack's parameters that matter here, as the functions have them in their environment.
PARAMETERS = {
    "IdleAfterMinutes": "IDLE_AFTER_MINUTES",
    "MinIdleAfterMinutes": "MIN_IDLE_AFTER_MINUTES",
    "IdleScope": "IDLE_SCOPE",
    "HostingPrices": "PRICES",
}


class NotAllAssessed(ClientError):
    """A listing failed or took too long; what was assessed until then has been shown."""


class NotAllDeleted(ClientError):
    """Idle endpoints could not be deleted; why has been shown."""


@dataclass(frozen=True)
class Survey:
    """Assessments by name, with US dollars an hour of those with a price; `stopped` says why there are not more."""

    assessments: list[Assessment]
    costs: dict[str, float]
    stopped: str

    @property
    def idle(self) -> list[Assessment]:
        """Return those that may be deleted."""
        return [assessment for assessment in self.assessments if assessment.verdict is Verdict.IDLE]


class IdleEndpoints:
    """Assesses, prices and deletes, under the stack's own policy, or another window where one is given."""

    def __init__(self, target: Target, *, prices: str = "", after_minutes: int | None = None) -> None:
        self._settings = stack_settings(target, IDLE_AFTER_MINUTES=after_minutes, PRICES=prices or None)
        self._aws = cleanup_aws(target.client, self._settings)
        self.unannounced = ""  # after `delete`: why the deletions were not announced

    @property
    def prices(self) -> Prices:
        """Return the prices of the estimates."""
        return self._aws.prices

    @property
    def window(self) -> timedelta:
        """Return how long an endpoint without a window of its own must have been unused."""
        return timedelta(minutes=self._settings.idle_after_minutes)

    def survey(self) -> Survey:
        """Assess every endpoint in scope."""
        survey = AssessEndpoints(self._run())
        assessments = sorted(survey, key=lambda assessment: assessment.name)
        return Survey(assessments, self._costs(assessments), survey.stopped)

    def delete(self, idle: Sequence[Assessment]) -> Iterator[Attempt]:
        """Recheck each, delete those that are still idle, and yield what became of each as it happens.

        Then they are announced as those of idle cleanup are; `unannounced` says why, where they could not be.
        """
        run, deletions = self._run(), list[IdleDeletion]()
        for attempt in _attempts(run, idle):
            deletions += [attempt.deletion] if attempt.deletion else []
            yield attempt
        try:
            announce(run, deletions)
        except SlipwayError as error:
            self.unannounced = str(error) or TOO_LONG

    def _run(self) -> CleanupRun:
        return timed_run(self._aws, self._settings, MAX_SECONDS)

    def _costs(self, assessments: Sequence[Assessment]) -> dict[str, float]:
        ordered = sorted(assessments, key=lambda assessment: assessment.verdict is not Verdict.IDLE)
        names = [assessment.name for assessment in ordered[:MAX_PRICED]]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            costs = zip(names, pool.map(self._cost, names), strict=True)
            return {name: cost for name, cost in costs if cost is not None}

    def _cost(self, name: str) -> float | None:
        sagemaker = self._aws.sagemaker
        with suppress(NotFound):  # gone since, or its configuration is
            endpoint = sagemaker.describe_endpoint(name)
            config = sagemaker.describe_endpoint_config(endpoint["EndpointConfigName"])
            hosted = hosted_on(endpoint, config)  # nothing, of serverless variants: they cost by the request
            return cost_per_hour(hosted, self.prices.hourly_price) if hosted else None
        return None


def _attempts(run: CleanupRun, idle: Sequence[Assessment]) -> Iterator[Attempt]:
    done = set()
    try:
        for candidate in candidates(run, idle):
            attempt = delete_idle_endpoint(run, candidate)
            done.add(attempt.name)
            yield attempt
    except OutOfTime:
        error = OutOfTime(TOO_LONG)
        yield from (
            Attempt(one.name, one.verdict, left=str(error), error=error) for one in idle if one.name not in done
        )


def timed_run(aws: CleanupAws, settings: Settings, seconds: float) -> CleanupRun:
    """Return a run that has so many seconds from now, and leaves none."""
    ends = time.monotonic() + seconds
    clock = Clock(lambda: datetime.now(UTC), lambda: ends - time.monotonic(), time.sleep, random_up_to)
    return CleanupRun(aws, clock, settings, reserve=0)


def stack_settings(target: Target, **given: object) -> Settings:
    """Return the settings of the stack's functions, their own defaults where the stack has no such parameter.

    `given` are variables of their environment to replace, unless they are None.
    """
    known = {PARAMETERS[name]: value for name, value in _parameters(target).items() if name in PARAMETERS and value}
    names = {"STACK_NAME": target.stack, "AWS_REGION": target.region, "STATE_MACHINE_ARN": target.state_machine_arn}
    topic = {"NOTIFICATION_TOPIC_ARN": target.outputs.get("NotificationTopicArn", "")}
    replaced = {name: str(value) for name, value in given.items() if value is not None}
    return Settings.from_environment(names | topic | known | replaced)


def _parameters(target: Target) -> dict[str, str]:
    target.outputs  # noqa: B018 - raises `StackNotFound`, which says what to do
    stacks: list[dict[str, Any]] = target.client("cloudformation").describe_stacks(StackName=target.stack)["Stacks"]
    return {one["ParameterKey"]: one.get("ParameterValue", "") for one in stacks[0].get("Parameters", [])}
