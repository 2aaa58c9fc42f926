"""The last look at endpoints that are about to be deleted: everything anew, judged by the same rules.

Here they are described, so that all their variants, shadow variants and inference components are known, and their tags
are SageMaker's own, where the listing's may be minutes old. Whatever has changed since the first look keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from slipway.aws.retry import Retrier
from slipway.cleanup.assess import assess, compared, needs_metrics
from slipway.cleanup.description import facts_of, may_have_components
from slipway.cleanup.facts import EndpointFacts
from slipway.cleanup.measure import measured
from slipway.cleanup.policy import IdlePolicy
from slipway.cleanup.ports import CloudWatch, Endpoints, Listing
from slipway.cleanup.verdicts import Assessment, Verdict, not_idle
from slipway.errors import NotFound, NotYet, Refused

# Endpoints that share one reading of metrics: few, so that little time passes between the look and the deletion.
MAX_AT_ONCE = 25


@dataclass(frozen=True)
class Snapshot:
    """An endpoint at the last look: its judgement, and where it could be read, DescribeEndpoint's answer and tags."""

    assessment: Assessment
    endpoint: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    facts: EndpointFacts | None = None


class Recheck:
    """Looks again at endpoints that were judged Idle: two calls for each, and one for the metrics of all."""

    def __init__(
        self,
        listing: Listing,
        cloudwatch: CloudWatch,
        sagemaker: Endpoints,
        policy: IdlePolicy,
        retrier: Retrier,
        now: Callable[[], datetime],
    ) -> None:
        self._listing = listing
        self._cloudwatch = cloudwatch
        self._sagemaker = sagemaker
        self._policy = policy
        self._retrier = retrier
        self._now = now

    def __call__(self, assessments: Sequence[Assessment]) -> list[Snapshot]:
        """Return what is found now, in the same order; give it at most `MAX_AT_ONCE`. Raises `OutOfTime`."""
        looked = [self._look(seen) for seen in assessments]
        now = self._now()
        facts = {one.facts.name: one.facts for one in looked if one.facts}
        wanted = [one for one in facts.values() if needs_metrics(one, now, self._policy)]
        facts |= {one.name: one for one in measured(wanted, now, self._policy, self._cloudwatch, self._retrier)}
        return [
            replace(one, assessment=compared(one.assessment, assess(facts[one.facts.name], now, self._policy)))
            if one.facts
            else one
            for one in looked
        ]

    def _look(self, seen: Assessment) -> Snapshot:
        try:
            endpoint = self._retrier(lambda: self._sagemaker.describe_endpoint(seen.name))
            tags = self._retrier(lambda: self._sagemaker.tags(endpoint["EndpointArn"]))
            components = self._components(seen.name) if may_have_components(endpoint) else ()
        except NotFound:
            return Snapshot(not_idle(seen, Verdict.GONE, "it was deleted since it was first looked at"))
        except (Refused, NotYet) as error:
            return Snapshot(not_idle(seen, Verdict.METRICS_UNKNOWN, f"the last look failed: {error}"))
        return Snapshot(seen, endpoint, tags, facts_of(endpoint, tags, components))

    def _components(self, name: str) -> tuple[str, ...]:
        return tuple(self._retrier.pages(lambda token: self._listing.components(name, token)))
