"""SageMaker's control plane over boto3.

What the use cases ask of SageMaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from slipway.aws.errors import aws_errors

Request = Mapping[str, Any]
Tags = list[dict[str, str]]


class SageMaker(Protocol):
    """SageMaker's control plane.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`;
    `describe_*` and `delete_*` raise `NotFound`, `create_*` `AlreadyExists`.
    """

    def create_model(self, request: Request, tags: Tags) -> str:
        """Return the new model's ARN. Raises `RoleNotAssumable` too."""

    def describe_model(self, name: str) -> dict[str, Any]:
        """Return DescribeModel's answer."""

    def delete_model(self, name: str) -> None:
        """Delete a model."""

    def create_endpoint_config(self, request: Request, tags: Tags) -> str:
        """Return the new configuration's ARN. Raises `NotFound` when the model is not visible yet."""

    def describe_endpoint_config(self, name: str) -> dict[str, Any]:
        """Return DescribeEndpointConfig's answer."""

    def delete_endpoint_config(self, name: str) -> None:
        """Delete a configuration."""

    def list_endpoint_configs(self, name_contains: str) -> list[str]:
        """Return the names of the configurations whose names contain this, newest first."""

    def create_endpoint(self, request: Request, tags: Tags) -> str:
        """Return the new endpoint's ARN. Raises `QuotaExceeded`, and `NotFound` for the configuration."""

    def update_endpoint(self, request: Request) -> None:
        """Start an update. Raises `EndpointBusy`, `QuotaExceeded`, and `NotFound` for the configuration."""

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        """Return DescribeEndpoint's answer."""

    def list_endpoints(self) -> list[str]:
        """Return the names of all endpoints."""

    def delete_endpoint(self, name: str) -> None:
        """Start a deletion. Raises `EndpointBusy`."""

    def tags(self, arn: str) -> dict[str, str]:
        """Return a resource's tags."""

    def add_tags(self, arn: str, tags: Tags) -> dict[str, str]:
        """Add tags to a resource, or replace those of the same keys; return all that it has then."""

    def delete_tags(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a resource; one that it does not have is no error."""


class Boto3SageMaker:
    """Implements `slipway.aws.sagemaker.SageMaker`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create_model(self, request: Request, tags: Tags) -> str:
        return str(self._call("create_model", **request, Tags=tags)["ModelArn"])

    def describe_model(self, name: str) -> dict[str, Any]:
        return self._call("describe_model", ModelName=name)

    def delete_model(self, name: str) -> None:
        self._call("delete_model", ModelName=name)

    def create_endpoint_config(self, request: Request, tags: Tags) -> str:
        return str(self._call("create_endpoint_config", **request, Tags=tags)["EndpointConfigArn"])

    def describe_endpoint_config(self, name: str) -> dict[str, Any]:
        return self._call("describe_endpoint_config", EndpointConfigName=name)

    def delete_endpoint_config(self, name: str) -> None:
        self._call("delete_endpoint_config", EndpointConfigName=name)

    def list_endpoint_configs(self, name_contains: str) -> list[str]:
        """As many pages as there are, of 100, the most that a page takes."""
        request = {"NameContains": name_contains, "SortBy": "CreationTime", "SortOrder": "Descending"}
        return self._names("list_endpoint_configs", "EndpointConfig", **request)

    def create_endpoint(self, request: Request, tags: Tags) -> str:
        return str(self._call("create_endpoint", **request, Tags=tags)["EndpointArn"])

    def update_endpoint(self, request: Request) -> None:
        self._call("update_endpoint", **request)

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        return self._call("describe_endpoint", EndpointName=name)

    def list_endpoints(self) -> list[str]:
        return self._names("list_endpoints", "Endpoint")

    def delete_endpoint(self, name: str) -> None:
        self._call("delete_endpoint", EndpointName=name)

    def tags(self, arn: str) -> dict[str, str]:
        with aws_errors():
            pages = self._client.get_paginator("list_tags").paginate(ResourceArn=arn)
            return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def add_tags(self, arn: str, tags: Tags) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._call("add_tags", ResourceArn=arn, Tags=tags).get("Tags", [])}

    def delete_tags(self, arn: str, keys: list[str]) -> None:
        self._call("delete_tags", ResourceArn=arn, TagKeys=keys)

    def _names(self, operation: str, kind: str, **request: Any) -> list[str]:
        with aws_errors():
            pages = self._client.get_paginator(operation).paginate(**request, MaxResults=100)
            return [str(one[f"{kind}Name"]) for page in pages for one in page[f"{kind}s"]]

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        with aws_errors():
            response: dict[str, Any] = getattr(self._client, operation)(**request)
        return response
