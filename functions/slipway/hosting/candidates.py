"""Candidates: endpoints on which a new version is tested before a caller meets it.

A candidate has the new configuration's variants on one instance each. Endpoint and configuration have one name; the
configuration is created first and deleted last, so that it is found as long as there is anything. Its tags say which
endpoint and which execution it belongs to, and until when that execution can need it at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipway.aws.sagemaker import SageMaker, Tags
from slipway.deployment.deployment import Deployment
from slipway.deployment.names import candidate_name, candidate_stem
from slipway.deployment.other_executions import RUNNING, UNKNOWN, DescribeExecution, end_of
from slipway.deployment.tags import CANDIDATE_OF, CANDIDATE_UNTIL, DEPLOYED_AT, EXECUTION, STACK
from slipway.deployment.timestamps import format_instant, parse_instant
from slipway.errors import NotFound

REMOVAL = timedelta(hours=1)  # for as long as the workflow tries to remove a candidate


@dataclass(frozen=True)
class CandidateServices:
    """The services that the steps call."""

    sagemaker: SageMaker
    describe_execution: DescribeExecution


@dataclass(frozen=True)
class CandidateEndpoint:
    """A candidate of an endpoint, found by its configuration."""

    name: str
    created: datetime
    tags: Mapping[str, str]


def name_of_candidate(deployment: Deployment) -> str:
    """Return the name of this execution's candidate."""
    return candidate_name(deployment.endpoint_name, deployment.execution["Id"])


def tags_of_candidate(deployment: Deployment) -> Tags:
    """Return the tags of this execution's candidate: the user's, and ours."""
    ours = {
        STACK: deployment.settings.stack_name,
        EXECUTION: deployment.execution["Id"],
        DEPLOYED_AT: deployment.execution["StartTime"],
        CANDIDATE_OF: deployment.endpoint_name,
        CANDIDATE_UNTIL: format_instant(deployment.deadline + REMOVAL),
    }
    return [*deployment.plan["Tags"], *({"Key": key, "Value": value} for key, value in ours.items())]


def candidates_of(deployment: Deployment, sagemaker: SageMaker) -> Iterator[CandidateEndpoint]:
    """Yield the candidates of the endpoint that this stack created, of whatever execution."""
    wanted = (deployment.settings.stack_name, deployment.endpoint_name)
    for name in sagemaker.list_endpoint_configs(f"{candidate_stem(deployment.endpoint_name)}-"):
        try:
            config = sagemaker.describe_endpoint_config(name)
            tags = sagemaker.tags(str(config["EndpointConfigArn"]))
        except NotFound:
            continue
        if (tags.get(STACK), tags.get(CANDIDATE_OF)) == wanted and is_candidate(name, tags):
            yield CandidateEndpoint(name, config["CreationTime"], tags)


def is_candidate(name: str, tags: Mapping[str, str]) -> bool:
    """Say whether tags, which anyone may write, are those of a candidate of this name."""
    return name == candidate_name(tags.get(CANDIDATE_OF, ""), tags.get(EXECUTION, ""))


def is_needed(candidate: CandidateEndpoint, now: datetime, describe_execution: DescribeExecution) -> bool:
    """Say whether the execution of a candidate runs; if Step Functions does not know it, whether its time is over."""
    end = end_of(candidate.tags.get(EXECUTION, ""), describe_execution)
    if end != UNKNOWN:
        return end == RUNNING
    until = parse_instant(candidate.tags.get(CANDIDATE_UNTIL, ""))
    return until is None or until > now
