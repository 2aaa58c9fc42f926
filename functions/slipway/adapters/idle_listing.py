"""SageMaker's endpoints over boto3, with their tags from the Resource Groups Tagging API: 100 a page, the most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slipway.adapters.aws_errors import aws_errors
from slipway.adapters.tag_index import Boto3TagIndex
from slipway.domain.idle_facts import EndpointFacts
from slipway.domain.idle_policy import Scope
from slipway.use_cases.patience import Page

PAGE = 100


class Boto3Listing:
    """Implements `slipway.use_cases.idle_ports.Listing`."""

    def __init__(self, sagemaker: Any, tagging: Any) -> None:
        self._sagemaker = sagemaker
        self._index = Boto3TagIndex(tagging)

    def endpoints(self, token: str, changed_since: datetime | None = None) -> Page[EndpointFacts]:
        """See the port."""
        since = {"LastModifiedTimeAfter": changed_since} if changed_since else {}
        request = {"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": PAGE, **since, **_next(token)}
        with aws_errors():
            answer = self._sagemaker.list_endpoints(**request)
        return Page([_facts(endpoint) for endpoint in answer["Endpoints"]], answer.get("NextToken") or "")

    def tagged(self, scope: Scope, token: str) -> Page[tuple[str, Mapping[str, str]]]:
        """See the port."""
        return self._index.tagged(("endpoint",), scope.key, scope.value, token)

    def components(self, endpoint_name: str, token: str) -> Page[str]:
        """See the port."""
        request = {"EndpointNameEquals": endpoint_name, "MaxResults": PAGE, **_next(token)}
        with aws_errors():
            answer = self._sagemaker.list_inference_components(**request)
        names = [str(found["InferenceComponentName"]) for found in answer["InferenceComponents"]]
        return Page(names, answer.get("NextToken") or "")


def _next(token: str) -> dict[str, str]:
    return {"NextToken": token} if token else {}


def _facts(endpoint: Mapping[str, Any]) -> EndpointFacts:
    return EndpointFacts(
        name=endpoint["EndpointName"],
        arn=endpoint["EndpointArn"],
        status=endpoint["EndpointStatus"],
        created=endpoint["CreationTime"],
        modified=endpoint["LastModifiedTime"],
    )
