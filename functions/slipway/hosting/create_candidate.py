"""CreateCandidate: an endpoint of the new version for the smoke test, beside the one that callers use."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from slipway.deployment.deployment import Deployment
from slipway.errors import AlreadyExists, DeadlineExceeded
from slipway.hosting.candidates import (
    CandidateServices,
    candidates_of,
    is_needed,
    name_of_candidate,
    tags_of_candidate,
)
from slipway.hosting.durations import CREATION_SECONDS, Watch, watch

# What a candidate has of its configuration beside the variants; it captures no data and has no shadow.
FIELDS = ("KmsKeyId", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation")


class CreateCandidateOutput(Watch):
    """`Action` is Created, or Busy while another execution tests a candidate of the endpoint."""

    Action: str
    CandidateName: str


def create_candidate(deployment: Deployment, config_name: str, aws: CandidateServices) -> CreateCandidateOutput:
    """Create the candidate of a configuration, or find that this execution has created it.

    Raises `NotFound` for a configuration that is not there, `QuotaExceeded`, and `DeadlineExceeded` where others
    tested theirs until the deadline.
    """
    name, now = name_of_candidate(deployment), datetime.now(UTC)
    others = (one for one in candidates_of(deployment, aws.sagemaker) if one.name != name)
    if any(is_needed(one, now, aws.describe_execution) for one in others):
        if now > deployment.deadline:
            raise DeadlineExceeded(
                f"Other deployments of the endpoint {deployment.endpoint_name} were tested until the deadline: "
                "deploy again later, or raise DeadlineMinutes."
            )
        return CreateCandidateOutput(Action="Busy", CandidateName=name)
    config = aws.sagemaker.describe_endpoint_config(config_name)
    durations, tags = aws.sagemaker.tags(str(config["EndpointConfigArn"])), tags_of_candidate(deployment)
    with suppress(AlreadyExists):  # this step may be taken twice
        aws.sagemaker.create_endpoint_config(candidate_config_request(name, config), tags)
    with suppress(AlreadyExists):
        aws.sagemaker.create_endpoint({"EndpointName": name, "EndpointConfigName": name}, tags)
    follow = watch(CREATION_SECONDS, durations, now, now, deployment.deadline)
    return {**CreateCandidateOutput(Action="Created", CandidateName=name), **follow}


def candidate_config_request(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the CreateEndpointConfig request for the candidate of a described configuration, without tags."""
    variants = [_on_one_instance(variant) for variant in config["ProductionVariants"]]
    kept = {field: config[field] for field in FIELDS if field in config}
    return {"EndpointConfigName": name, "ProductionVariants": variants, **kept}


def _on_one_instance(variant: Mapping[str, Any]) -> dict[str, Any]:
    if "ServerlessConfig" in variant:
        memory = variant["ServerlessConfig"]["MemorySizeInMB"]
        return {**variant, "ServerlessConfig": {"MemorySizeInMB": memory, "MaxConcurrency": 1}}
    return {**variant, "InitialInstanceCount": 1}
