"""The Resource Groups Tagging API over boto3, for SageMaker's resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from slipway.aws.errors import aws_errors
from slipway.aws.retry import Page
from slipway.errors import ServiceUnavailable

PAGE = 100  # the most that GetResources gives
# What the index finds may be minutes old: tags that were set later than this are read from SageMaker.
INDEX_LAG = timedelta(hours=1)

Tagged = tuple[str, Mapping[str, str]]  # an ARN, and all its tags


class TagIndex(Protocol):
    """Resource Groups Tagging, of SageMaker's resources. What it finds may be minutes old.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def tagged(self, kinds: Sequence[str], key: str, value: str | None, token: str) -> Page[Tagged]:
        """Return up to 100 resources of these kinds (`endpoint`, `endpoint-config`, `model`) that bear a tag."""

    def tags_of(self, arns: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the tags of up to 100 resources by ARN; what the index does not have is left out."""

    def tag_all(self, arns: Sequence[str], tags: Mapping[str, str]) -> None:
        """Give up to 20 resources the same tags. Raises `ServiceUnavailable` unless all got them."""


class Boto3TagIndex:
    """Implements `TagIndex`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def tagged(self, kinds: Sequence[str], key: str, value: str | None, token: str) -> Page[Tagged]:
        wanted = {"Key": key} if value is None else {"Key": key, "Values": [value]}
        request = {"ResourceTypeFilters": [f"sagemaker:{kind}" for kind in kinds], "TagFilters": [wanted]}
        with aws_errors():
            answer = self._client.get_resources(**request, ResourcesPerPage=PAGE, PaginationToken=token)
        return Page(_tagged(answer), answer.get("PaginationToken") or "")

    def tags_of(self, arns: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        with aws_errors():
            return dict(_tagged(self._client.get_resources(ResourceARNList=list(arns))))

    def tag_all(self, arns: Sequence[str], tags: Mapping[str, str]) -> None:
        """TagResources answers 200 for what it did not tag, and says so."""
        with aws_errors():
            answer = self._client.tag_resources(ResourceARNList=list(arns), Tags=dict(tags))
        if failed := answer.get("FailedResourcesMap"):
            reasons = sorted({str(one.get("ErrorMessage", one.get("ErrorCode"))) for one in failed.values()})
            raise ServiceUnavailable(f"{len(failed)} resources were not tagged: {'; '.join(reasons)}.")


def _tagged(answer: Mapping[str, Any]) -> list[Tagged]:
    return [
        (str(one["ResourceARN"]), {tag["Key"]: tag["Value"] for tag in one["Tags"]})
        for one in answer["ResourceTagMappingList"]
    ]
