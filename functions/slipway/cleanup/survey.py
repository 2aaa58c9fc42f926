"""Judges every endpoint in scope idle or not, in a number of calls that grows with pages and not with endpoints.

Three listings say which endpoints there are (ListEndpoints), which are in scope (tags), and what variants they have
(CloudWatch's list of what reported lately); then metrics are read 500 at a time. docs/adr/0006 has the reasons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from sys import intern

from slipway.aws.retry import OutOfTime, Retrier
from slipway.cleanup.assess import assess, needs_metrics
from slipway.cleanup.description import facts_of
from slipway.cleanup.facts import EndpointFacts, Variant
from slipway.cleanup.measure import measured
from slipway.cleanup.policy import IdlePolicy
from slipway.cleanup.ports import CloudWatch, Endpoints, Listing
from slipway.cleanup.verdicts import Assessment
from slipway.deployment.tags import IDLE_AFTER_MINUTES, PROTECTED
from slipway.errors import NotFound, NotYet, Refused, SlipwayError

CHUNK = 2500  # endpoints judged at a time: what of them is in memory at once, and is judged again after a stop
CLOSER_LOOKS = 10  # DescribeEndpoint for those whose variants did not report: serverless ones, most of them


class AssessEndpoints:
    """Iterating over it judges; `stopped` and `position` then say how that ended.

    `position` is the name of the last endpoint of the listing up to which all are judged: what the next run starts
    after, or empty when all were judged. `stopped` is the reason in a sentence, or empty.
    """

    def __init__(
        self,
        listing: Listing,
        cloudwatch: CloudWatch,
        sagemaker: Endpoints,
        policy: IdlePolicy,
        retrier: Retrier,
        now: Callable[[], datetime],
        start_after: str = "",
    ) -> None:
        self._listing = listing
        self._cloudwatch = cloudwatch
        self._sagemaker = sagemaker
        self._policy = policy
        self._retrier = retrier
        self._now = now
        self._start_after = start_after
        self._closer_looks = CLOSER_LOOKS
        self.position = start_after
        self.stopped = ""

    def __iter__(self) -> Iterator[Assessment]:
        """Yield a judgement for each endpoint in scope, until all are judged, the time is up, or a listing fails."""
        try:
            yield from self._judgements()
        except OutOfTime:
            self.stopped = "The time was nearly up."
        except SlipwayError as error:
            self.stopped = f"A listing failed: {error}"
        else:
            self.position = ""

    def _judgements(self) -> Iterator[Assessment]:
        tags = self._tags()
        variants, asynchronous = self._variants(), set(self._retrier.pages(self._cloudwatch.with_backlog))
        endpoints = (
            replace(
                endpoint,
                tags=tags[endpoint.arn],
                variants=variants.get(endpoint.name, ()),
                asynchronous=endpoint.name in asynchronous,
            )
            for endpoint in self._from_the_start()
            if endpoint.arn in tags
        )
        while chunk := list(islice(endpoints, CHUNK)):
            # Judged as a whole before the first is told, so that a stop leaves none half done.
            yield from self._judged(chunk)
            self.position = chunk[-1].name

    def _judged(self, chunk: list[EndpointFacts]) -> list[Assessment]:
        now = self._now()
        open_ones = [self._closer(endpoint) for endpoint in chunk if needs_metrics(endpoint, now, self._policy)]
        wanted = [one for one in open_ones if one.variants and needs_metrics(one, now, self._policy)]
        found = {one.name: one for one in open_ones}
        found |= {one.name: one for one in measured(wanted, now, self._policy, self._cloudwatch, self._retrier)}
        return [assess(found.get(endpoint.name, endpoint), now, self._policy) for endpoint in chunk]

    def _from_the_start(self) -> Iterator[EndpointFacts]:
        """Yield all endpoints, beginning after the one where the last run stopped, and then those before it."""
        pages = self._retrier.pages
        if not self._start_after:
            return pages(self._listing.endpoints)
        after = (one for one in pages(self._listing.endpoints) if one.name > self._start_after)
        before = (one for one in pages(self._listing.endpoints) if one.name <= self._start_after)
        return chain(after, before)

    def _tags(self) -> dict[str, Mapping[str, str]]:
        """Return the tags that matter, by ARN. Most endpoints have the same ones, which are kept once."""
        keys = (self._policy.scope.key, PROTECTED, IDLE_AFTER_MINUTES)
        shared: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
        found: dict[str, Mapping[str, str]] = {}
        for arn, tags in self._retrier.pages(lambda token: self._listing.tagged(self._policy.scope, token)):
            kept = {key: tags[key] for key in keys if key in tags}
            found[arn] = shared.setdefault(tuple(kept.items()), kept)
        return found

    def _variants(self) -> dict[str, tuple[Variant, ...]]:
        found: dict[str, tuple[Variant, ...]] = defaultdict(tuple)
        for endpoint_name, variant_name in self._retrier.pages(self._cloudwatch.reporting):
            found[endpoint_name] += (Variant(intern(variant_name)),)
        return found

    def _closer(self, endpoint: EndpointFacts) -> EndpointFacts:
        """Return an endpoint, described where its variants are not known, as long as that may be afforded."""
        if endpoint.variants or not self._closer_looks:
            return endpoint
        self._closer_looks -= 1
        try:
            return facts_of(self._retrier(lambda: self._sagemaker.describe_endpoint(endpoint.name)), endpoint.tags)
        except NotFound:
            return replace(endpoint, status="Deleting")  # gone since it was listed
        except (Refused, NotYet) as error:
            return replace(endpoint, trouble=f"DescribeEndpoint answered {error}")
