"""How many endpoints uploads have created: bounded by the parameter MaxUploadedEndpoints.

Two checks make the bound hold for uploads at the same time: one before anything is created, and one right after the
endpoint is, when of several only those stay that were created first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from slipway.aws.endpoint_listing import EndpointListing, ListedEndpoint
from slipway.aws.retry import ONCE
from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_index import INDEX_LAG, TagIndex
from slipway.deployment.limits import ASK_OWNER, LimitExceeded
from slipway.deployment.plan import UPLOAD, Plan
from slipway.deployment.settings import Settings
from slipway.deployment.tags import CREATED_BY, STACK
from slipway.errors import NotFound

Tags = Mapping[str, str]
Created = TypeVar("Created", bound=Mapping[str, Any])


class TooManyUploadedEndpoints(LimitExceeded):
    """An upload for a new endpoint, when uploads have created as many as the parameter MaxUploadedEndpoints allows."""


@dataclass(frozen=True)
class EndpointTags:
    """What endpoints are found with, and their tags."""

    sagemaker: SageMaker
    listing: EndpointListing
    index: TagIndex


def check_new_upload(plan: Plan, aws: EndpointTags, settings: Settings) -> Plan:
    """Return the plan, if it is not that of an upload that may not create its endpoint: nothing has been created yet.

    Raises `TooManyUploadedEndpoints`.
    """
    if plan["Trigger"] == UPLOAD and settings.limits.uploaded_endpoints is not None:
        try:
            aws.sagemaker.describe_endpoint(plan["EndpointName"])
        except NotFound:
            _check(plan["EndpointName"], aws, settings)
    return plan


def check_created_endpoint(plan: Plan, created: Created, aws: EndpointTags, settings: Settings) -> Created:
    """Return what CreateEndpoint has done, if it is not one endpoint too many: those that were created before count.

    Raises `TooManyUploadedEndpoints`.
    """
    is_new = plan["Trigger"] == UPLOAD and created["Action"] == "Created"
    if is_new and settings.limits.uploaded_endpoints is not None:
        _check(plan["EndpointName"], aws, settings)
    return created


def _check(name: str, aws: EndpointTags, settings: Settings) -> None:
    allowed = settings.limits.uploaded_endpoints
    tagged = dict(ONCE.pages(lambda token: aws.index.tagged(("endpoint",), CREATED_BY, UPLOAD, token)))
    known = {arn.lower(): tags for arn, tags in tagged.items()}
    since = datetime.now(UTC) - INDEX_LAG
    young = {one.arn.lower() for one in ONCE.pages(lambda token: aws.listing.endpoints(token, since))}
    if allowed is None or len(known.keys() | young) < allowed:
        return  # whatever the tags of the young ones are
    if sum(1 for _ in _before(name, known, aws, settings.stack_name)) >= allowed:
        raise TooManyUploadedEndpoints(
            f"EndpointName is {name}, a new endpoint, but the stack's owner allows {allowed} endpoints that uploads "
            f"create, and there are as many: delete one, start an execution instead, {ASK_OWNER} MaxUploadedEndpoints."
        )


def _before(name: str, known: Mapping[str, Tags], aws: EndpointTags, stack: str) -> Iterator[str]:
    """Yield the endpoints that uploads created, without this one and, if it exists, without those created after it."""
    endpoints = list(ONCE.pages(aws.listing.endpoints))
    created = next((one.created for one in endpoints if one.name == name), datetime.max.replace(tzinfo=UTC))
    others = (one for one in endpoints if one.name != name and one.created <= created)
    yield from (one.name for one in others if _is_uploaded(_tags(one, known, aws), stack))


def _tags(endpoint: ListedEndpoint, known: Mapping[str, Tags], aws: EndpointTags) -> Tags:
    found = known.get(endpoint.arn.lower(), {})
    if found or datetime.now(UTC) - endpoint.created > INDEX_LAG:
        return found
    try:
        return aws.sagemaker.tags(endpoint.arn)
    except NotFound:
        return {}  # deleted since


def _is_uploaded(tags: Tags, stack: str) -> bool:
    return (tags.get(STACK), tags.get(CREATED_BY)) == (stack, UPLOAD)
