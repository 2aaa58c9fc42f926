"""Assesses every endpoint in scope, in a number of calls that grows with pages and not with endpoints.

Three listings say which endpoints there are (ListEndpoints), which are in scope (tags), and what variants they have
(CloudWatch's list of what reported lately); then metrics are read 500 at a time. docs/adr/0006 has the reasons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from sys import intern

from slipway.aws.endpoint_listing import ListedEndpoint
from slipway.aws.retry import OutOfTime
from slipway.cleanup.assess import Assessment, assess, needs_metrics
from slipway.cleanup.metrics import SURVEY_WINDOWS, MetricWindow, metric_window_for, read_metrics
from slipway.cleanup.run import CleanupRun
from slipway.cleanup.snapshot import EndpointSnapshot, Variant, listed_snapshot, snapshot_of
from slipway.deployment.tags import CANDIDATE_OF, EXECUTION, IDLE_AFTER_MINUTES, PROTECTED
from slipway.errors import NotFound, NotYet, Refused, SlipwayError

CHUNK = 2500  # endpoints assessed at a time: what of them is in memory at once, and is assessed again after a stop
MAX_DESCRIBED = 10  # of those whose variants did not report: serverless ones, most of them


class AssessEndpoints:
    """Iterating over it assesses; `stopped` and `position` then say how that ended.

    `position` is the name of the last endpoint of the listing up to which all are assessed: what the next run starts
    after, or empty when all were assessed. `stopped` is the reason in a sentence, or empty.
    """

    def __init__(self, run: CleanupRun, start_after: str = "") -> None:
        self._run = run
        self._start_after = start_after
        self._described = 0
        self.position = start_after
        self.stopped = ""

    def __iter__(self) -> Iterator[Assessment]:
        """Yield an assessment for each endpoint in scope, until there are no more, time is over, or a listing fails."""
        try:
            yield from self._assessments()
        except OutOfTime:
            self.stopped = "The time was nearly over."
        except SlipwayError as error:
            self.stopped = f"A listing failed: {error}"
        else:
            self.position = ""

    def _assessments(self) -> Iterator[Assessment]:
        pages, cloudwatch = self._run.retry.pages, self._run.aws.cloudwatch
        tags = self._tags()
        variants, asynchronous = self._variants(), set(pages(cloudwatch.with_backlog))
        endpoints = (
            listed_snapshot(one, tags[one.arn], variants.get(one.name, ()), asynchronous=one.name in asynchronous)
            for one in self._listed()
            if one.arn in tags
        )
        while chunk := list(islice(endpoints, CHUNK)):
            # Assessed as a whole before the first is yielded, so that a stop leaves none half done.
            yield from self._assessed(chunk)
            self.position = chunk[-1].name

    def _assessed(self, chunk: list[EndpointSnapshot]) -> list[Assessment]:
        run, now, policy = self._run, self._run.now, self._run.policy
        undecided = [self._with_variants(endpoint) for endpoint in chunk if needs_metrics(endpoint, now, policy)]
        to_read = [one for one in undecided if one.variants and needs_metrics(one, now, policy)]
        found = {one.name: one for one in undecided}
        read = read_metrics(to_read, self._metric_window, now, run.aws.cloudwatch, run.retry)
        found |= {one.name: one for one in read}
        return [assess(found.get(endpoint.name, endpoint), now, policy) for endpoint in chunk]

    def _metric_window(self, endpoint: EndpointSnapshot) -> MetricWindow:
        return metric_window_for(self._run.policy.window_of(endpoint.tags), SURVEY_WINDOWS)

    def _listed(self) -> Iterator[ListedEndpoint]:
        """Yield all endpoints, beginning after the one where the last run stopped, and then those before it."""
        pages, listing = self._run.retry.pages, self._run.aws.listing
        if not self._start_after:
            return pages(listing.endpoints)
        after = (one for one in pages(listing.endpoints) if one.name > self._start_after)
        before = (one for one in pages(listing.endpoints) if one.name <= self._start_after)
        return chain(after, before)

    def _tags(self) -> dict[str, Mapping[str, str]]:
        """Return the tags that matter of what is in scope, by ARN. Most have the same ones, which are stored once."""
        scope, index = self._run.policy.scope, self._run.aws.index
        of_execution = {EXECUTION: scope.executions} if scope.executions else {}
        shared: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
        found: dict[str, Mapping[str, str]] = {}
        for arn, tags in self._run.retry.pages(
            lambda token: index.tagged(("endpoint",), scope.key, scope.value, token)
        ):
            if scope.has(tags):
                kept = {
                    key: tags[key] for key in (scope.key, PROTECTED, IDLE_AFTER_MINUTES, CANDIDATE_OF) if key in tags
                }
                kept |= of_execution  # as much of it as the scope reads
                found[arn] = shared.setdefault(tuple(kept.items()), kept)
        return found

    def _variants(self) -> dict[str, tuple[Variant, ...]]:
        found: dict[str, tuple[Variant, ...]] = defaultdict(tuple)
        for endpoint_name, variant_name in self._run.retry.pages(self._run.aws.cloudwatch.reporting):
            found[endpoint_name] += (Variant(intern(variant_name)),)
        return found

    def _with_variants(self, endpoint: EndpointSnapshot) -> EndpointSnapshot:
        """Return an endpoint, described where its variants are not known, for as many as may be described."""
        if endpoint.variants or self._described == MAX_DESCRIBED:
            return endpoint
        self._described += 1
        sagemaker = self._run.aws.sagemaker
        try:
            return snapshot_of(self._run.retry(lambda: sagemaker.describe_endpoint(endpoint.name)), endpoint.tags)
        except NotFound:
            return replace(endpoint, status="Deleting")  # gone since it was listed
        except (Refused, NotYet) as error:
            return replace(endpoint, trouble=f"DescribeEndpoint answered {error}")
