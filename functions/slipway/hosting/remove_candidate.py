"""RemoveCandidate: delete this execution's candidate, and what executions left that do not run any more."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NotRequired, TypedDict

from slipway.deployment.deployment import Deployment
from slipway.errors import EndpointBusy, NotFound
from slipway.hosting.candidates import CandidateServices, candidates_of, is_needed, name_of_candidate
from slipway.prices.hosting_cost import PriceOf, cost_per_hour, hosted_on

HOUR = 3600  # seconds
# For so long after its creation an endpoint may not be visible to every read.
UNSEEN = timedelta(minutes=1)


class RemoveCandidateOutput(TypedDict):
    """What other executions had left and was removed, as `Endpoint digits-candidate-0f1e2d3c4b5a`.

    `IsBusy` says that another turn is needed. `Seconds` is how long this execution's candidate has been there, and
    `EstimatedCost` what that costs in US dollars; null where a price is not known.
    """

    Removed: list[str]
    IsBusy: bool
    Seconds: NotRequired[int]
    EstimatedCost: NotRequired[float | None]


def remove_candidate(
    deployment: Deployment, aws: CandidateServices, price_of: PriceOf, *, was_seen: bool
) -> RemoveCandidateOutput:
    """Delete what can be deleted now. This execution's configuration is deleted once its endpoint is gone.

    `was_seen` says that an earlier turn has seen the endpoint: one that is not seen then is gone.
    """
    now, name = datetime.now(UTC), name_of_candidate(deployment)
    output = RemoveCandidateOutput(Removed=remove_left_candidates(deployment, aws), IsBusy=False)
    own = next((one for one in candidates_of(deployment, aws.sagemaker) if one.name == name), None)
    if own is None:
        return output
    endpoint = _endpoint(name, aws)
    if endpoint is None and (was_seen or now - own.created > UNSEEN):
        with suppress(NotFound):
            aws.sagemaker.delete_endpoint_config(name)
        return output
    if endpoint:
        output |= _cost(endpoint, now, aws, price_of)
        _delete(endpoint, aws)
    return {**output, "IsBusy": True}


def remove_left_candidates(deployment: Deployment, aws: CandidateServices) -> list[str]:
    """Delete the candidates of the endpoint whose executions do not run any more, and return what was deleted.

    One that is being created cannot be deleted, and stays for the next time.
    """
    now, own, removed = datetime.now(UTC), name_of_candidate(deployment), []
    for candidate in candidates_of(deployment, aws.sagemaker):
        if candidate.name == own or is_needed(candidate, now, aws.describe_execution):
            continue
        endpoint = _endpoint(candidate.name, aws)
        if endpoint and not _delete(endpoint, aws):
            continue
        removed += [f"Endpoint {candidate.name}"] if endpoint else []
        with suppress(NotFound):
            aws.sagemaker.delete_endpoint_config(candidate.name)
            removed.append(f"EndpointConfig {candidate.name}")
    return removed


def _endpoint(name: str, aws: CandidateServices) -> dict[str, Any] | None:
    try:
        return aws.sagemaker.describe_endpoint(name)
    except NotFound:
        return None


def _delete(endpoint: dict[str, Any], aws: CandidateServices) -> bool:
    """Delete an endpoint, and say whether it is going."""
    if endpoint["EndpointStatus"] == "Deleting":
        return True
    try:
        aws.sagemaker.delete_endpoint(endpoint["EndpointName"])
    except NotFound:
        return True
    except EndpointBusy:
        return False  # AWS does not delete what is Creating
    return True


def _cost(endpoint: dict[str, Any], now: datetime, aws: CandidateServices, price_of: PriceOf) -> RemoveCandidateOutput:
    seconds = (now - endpoint["CreationTime"]).total_seconds()
    config = aws.sagemaker.describe_endpoint_config(endpoint["EndpointConfigName"])
    hourly = cost_per_hour(hosted_on(endpoint, config), price_of)
    cost = None if hourly is None else round(hourly * seconds / HOUR, 4)
    return {"Seconds": round(seconds), "EstimatedCost": cost}  # type: ignore[typeddict-item]
