"""The lists of SageMaker's endpoints and inference components over boto3: 100 a page, the most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from slipway.aws.errors import aws_errors
from slipway.aws.retry import Page

PAGE = 100


@dataclass(frozen=True)
class ListedEndpoint:
    """What both ListEndpoints and DescribeEndpoint say of an endpoint; times are aware."""

    name: str
    arn: str
    status: str
    created: datetime
    modified: datetime


class EndpointListing(Protocol):
    """SageMaker's lists.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def endpoints(self, token: str, changed_since: datetime | None = None) -> Page[ListedEndpoint]:
        """Return up to 100 endpoints by name: of all, or of those that changed since."""

    def components(self, endpoint_name: str, token: str) -> Page[str]:
        """Return the names of up to 100 inference components of an endpoint."""

    def describe_component(self, name: str) -> dict[str, Any]:
        """Return DescribeInferenceComponent's answer. Raises `NotFound`."""


class Boto3EndpointListing:
    """Implements `EndpointListing`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def endpoints(self, token: str, changed_since: datetime | None = None) -> Page[ListedEndpoint]:
        since = {"LastModifiedTimeAfter": changed_since} if changed_since else {}
        request = {"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": PAGE, **since, **_next_token(token)}
        with aws_errors():
            answer = self._client.list_endpoints(**request)
        return Page([listed_endpoint(endpoint) for endpoint in answer["Endpoints"]], answer.get("NextToken") or "")

    def components(self, endpoint_name: str, token: str) -> Page[str]:
        request = {"EndpointNameEquals": endpoint_name, "MaxResults": PAGE, **_next_token(token)}
        with aws_errors():
            answer = self._client.list_inference_components(**request)
        names = [str(found["InferenceComponentName"]) for found in answer["InferenceComponents"]]
        return Page(names, answer.get("NextToken") or "")

    def describe_component(self, name: str) -> dict[str, Any]:
        with aws_errors():
            found: dict[str, Any] = self._client.describe_inference_component(InferenceComponentName=name)
        return found


def _next_token(token: str) -> dict[str, str]:
    return {"NextToken": token} if token else {}


def listed_endpoint(endpoint: Mapping[str, Any]) -> ListedEndpoint:
    """Return an endpoint of ListEndpoints' or DescribeEndpoint's answer."""
    return ListedEndpoint(
        name=endpoint["EndpointName"],
        arn=endpoint["EndpointArn"],
        status=endpoint["EndpointStatus"],
        created=endpoint["CreationTime"],
        modified=endpoint["LastModifiedTime"],
    )
