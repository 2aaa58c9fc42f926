"""The last look at endpoints that are about to be deleted: everything anew, judged by the same rules.

Here they are described, so that all their variants, shadow variants and inference components are known, and their tags
are SageMaker's own, where the listing's may be minutes old. Whatever has changed since the first look keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from slipway.domain.idle import compared, judge, needs_metrics
from slipway.domain.idle_description import facts_of, may_have_components
from slipway.domain.idle_facts import EndpointFacts
from slipway.domain.idle_policy import IdlePolicy
from slipway.domain.idle_verdicts import Judgement, Verdict, unlike
from slipway.errors import NotFound, SlipwayError
from slipway.use_cases.idle_ports import CloudWatch, Endpoints, Listing
from slipway.use_cases.measure_endpoints import measured
from slipway.use_cases.patience import Patience

# Endpoints that share one reading of metrics: few, so that little time passes between the look and the deletion.
MOST_AT_ONCE = 25


@dataclass(frozen=True)
class Looked:
    """An endpoint at the last look: its judgement, and where it could be read, DescribeEndpoint's answer and tags."""

    judgement: Judgement
    endpoint: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    facts: EndpointFacts | None = None


class LastLook:
    """Looks again at endpoints that were judged Idle: two calls for each, and one for the metrics of all."""

    def __init__(
        self,
        listing: Listing,
        cloudwatch: CloudWatch,
        sagemaker: Endpoints,
        policy: IdlePolicy,
        patience: Patience,
        now: Callable[[], datetime],
    ) -> None:
        self._listing = listing
        self._cloudwatch = cloudwatch
        self._sagemaker = sagemaker
        self._policy = policy
        self._patience = patience
        self._now = now

    def __call__(self, judgements: Sequence[Judgement]) -> list[Looked]:
        """Return what is found now, in the same order; give it at most `MOST_AT_ONCE`. Raises `OutOfTime`."""
        looked = [self._look(seen) for seen in judgements]
        now = self._now()
        facts = {one.facts.name: one.facts for one in looked if one.facts}
        wanted = [one for one in facts.values() if needs_metrics(one, now, self._policy)]
        facts |= {one.name: one for one in measured(wanted, now, self._policy, self._cloudwatch, self._patience)}
        return [
            replace(one, judgement=compared(one.judgement, judge(facts[one.facts.name], now, self._policy)))
            if one.facts
            else one
            for one in looked
        ]

    def _look(self, seen: Judgement) -> Looked:
        try:
            endpoint = self._patience(lambda: self._sagemaker.describe_endpoint(seen.name))
            tags = self._patience(lambda: self._sagemaker.tags(endpoint["EndpointArn"]))
            components = self._components(seen.name) if may_have_components(endpoint) else ()
        except NotFound:
            return Looked(unlike(seen, Verdict.GONE, "it was deleted since it was first looked at"))
        except SlipwayError as error:
            return Looked(unlike(seen, Verdict.METRICS_UNKNOWN, f"the last look failed: {error}"))
        return Looked(seen, endpoint, tags, facts_of(endpoint, tags, components))

    def _components(self, name: str) -> tuple[str, ...]:
        return tuple(self._patience.pages(lambda token: self._listing.components(name, token)))
