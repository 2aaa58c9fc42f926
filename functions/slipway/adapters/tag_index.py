"""The Resource Groups Tagging API over boto3, for SageMaker's resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway.adapters.aws_errors import aws_errors
from slipway.errors import ServiceUnavailable
from slipway.use_cases.idle_deletion_ports import Tagged
from slipway.use_cases.patience import Page

PAGE = 100  # the most that GetResources gives


class Boto3TagIndex:
    """Implements `slipway.use_cases.idle_deletion_ports.TagIndex`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def tagged(self, kinds: Sequence[str], key: str, value: str | None, token: str) -> Page[Tagged]:
        """See the port."""
        wanted = {"Key": key} if value is None else {"Key": key, "Values": [value]}
        request = {"ResourceTypeFilters": [f"sagemaker:{kind}" for kind in kinds], "TagFilters": [wanted]}
        with aws_errors():
            answer = self._client.get_resources(**request, ResourcesPerPage=PAGE, PaginationToken=token)
        found: list[Tagged] = [
            (str(one["ResourceARN"]), {tag["Key"]: tag["Value"] for tag in one["Tags"]})
            for one in answer["ResourceTagMappingList"]
        ]
        return Page(found, answer.get("PaginationToken") or "")

    def tag_all(self, arns: Sequence[str], tags: Mapping[str, str]) -> None:
        """See the port: TagResources answers 200 for what it did not tag, and says so."""
        with aws_errors():
            answer = self._client.tag_resources(ResourceARNList=list(arns), Tags=dict(tags))
        if failed := answer.get("FailedResourcesMap"):
            reasons = sorted({str(one.get("ErrorMessage", one.get("ErrorCode"))) for one in failed.values()})
            raise ServiceUnavailable(f"{len(failed)} resources were not tagged: {'; '.join(reasons)}.")
