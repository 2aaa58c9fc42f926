"""Removes the candidates that stopped executions left, once their executions cannot need them any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from slipway.cleanup.run import CleanupRun
from slipway.deployment.names import DIGEST_LENGTH, candidate_stem
from slipway.deployment.resource_names import kind_of
from slipway.deployment.tags import CANDIDATE_OF, CANDIDATE_UNTIL, EXECUTION, STACK
from slipway.deployment.timestamps import parse_instant
from slipway.errors import EndpointBusy, NotFound, NotYet, Refused
from slipway.hosting.candidates import is_candidate

KINDS = ("endpoint", "endpoint-config")


def left_candidates(run: CleanupRun) -> list[str]:
    """Return the ARNs of the endpoints and configurations that can be removed, endpoints first."""
    index = run.aws.index
    pages = run.retry.pages(lambda token: index.tagged(KINDS, CANDIDATE_OF, None, token))
    return sorted((arn for arn, tags in pages if _is_left(run, arn, tags)), key=lambda arn: kind_of(arn) != KINDS[0])


def remove_left_candidates(run: CleanupRun, warnings: list[str]) -> Iterator[str]:
    """Remove them and yield what was removed; what could not be removed is added to the warnings."""
    for arn in left_candidates(run):
        try:
            yield from _remove(run, arn)
        except (Refused, NotYet) as error:
            warnings.append(f"{arn} is left by a stopped deployment and is still there: {error}")


def _remove(run: CleanupRun, arn: str) -> Iterator[str]:
    sagemaker = run.aws.sagemaker
    with suppress(NotFound, EndpointBusy):
        tags = run.retry(lambda: sagemaker.tags(arn))  # the index may be old
        if not _is_left(run, arn, tags):
            return
        name, is_endpoint = _name(arn, tags), kind_of(arn) == KINDS[0]
        delete = sagemaker.delete_endpoint if is_endpoint else sagemaker.delete_endpoint_config
        run.retry(lambda: delete(name))
        yield f"{'Endpoint' if is_endpoint else 'EndpointConfig'} {name}"


def _is_left(run: CleanupRun, arn: str, tags: Mapping[str, str]) -> bool:
    until, executions = parse_instant(tags.get(CANDIDATE_UNTIL, "")), run.policy.scope.executions
    is_ours = tags.get(STACK) == run.settings.stack_name and tags.get(EXECUTION, "").startswith(executions)
    return is_ours and is_candidate(_name(arn, tags), tags) and until is not None and until < run.now


def _name(arn: str, tags: Mapping[str, str]) -> str:
    """Return the name: the ARN's, spelled in the case of its endpoint's name."""
    shown = arn.rpartition("/")[2]
    ours = f"{candidate_stem(tags.get(CANDIDATE_OF, ''))}-{shown[-DIGEST_LENGTH:]}"
    return ours if ours.lower() == shown.lower() else shown
