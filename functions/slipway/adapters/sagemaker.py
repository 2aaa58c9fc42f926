"""SageMaker's control plane over boto3."""

from __future__ import annotations

from typing import Any

from slipway.adapters.aws_errors import aws_errors
from slipway.errors import NotFound, NotVisibleYet
from slipway.use_cases.sagemaker_port import Request, Tags


class Boto3SageMaker:
    """Implements `slipway.use_cases.sagemaker_port.SageMaker`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create_model(self, request: Request, tags: Tags) -> str:
        """See the port."""
        return str(self._call("create_model", **request, Tags=tags)["ModelArn"])

    def describe_model(self, name: str) -> dict[str, Any]:
        """See the port."""
        return self._call("describe_model", ModelName=name)

    def delete_model(self, name: str) -> None:
        """See the port."""
        self._call("delete_model", ModelName=name)

    def create_endpoint_config(self, request: Request, tags: Tags) -> str:
        """See the port."""
        return str(self._call_just_after("create_endpoint_config", **request, Tags=tags)["EndpointConfigArn"])

    def describe_endpoint_config(self, name: str) -> dict[str, Any]:
        """See the port."""
        return self._call("describe_endpoint_config", EndpointConfigName=name)

    def delete_endpoint_config(self, name: str) -> None:
        """See the port."""
        self._call("delete_endpoint_config", EndpointConfigName=name)

    def list_endpoint_configs(self, name_contains: str) -> list[str]:
        """See the port: as many pages as there are, of 100, the most that a page takes."""
        request = {"NameContains": name_contains, "SortBy": "CreationTime", "SortOrder": "Descending"}
        with aws_errors():
            pages = self._client.get_paginator("list_endpoint_configs").paginate(**request, MaxResults=100)
            return [str(config["EndpointConfigName"]) for page in pages for config in page["EndpointConfigs"]]

    def create_endpoint(self, request: Request, tags: Tags) -> str:
        """See the port."""
        return str(self._call_just_after("create_endpoint", **request, Tags=tags)["EndpointArn"])

    def update_endpoint(self, request: Request) -> None:
        """See the port."""
        self._call_just_after("update_endpoint", **request)

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        """See the port."""
        return self._call("describe_endpoint", EndpointName=name)

    def delete_endpoint(self, name: str) -> None:
        """See the port."""
        self._call("delete_endpoint", EndpointName=name)

    def tags(self, arn: str) -> dict[str, str]:
        """See the port."""
        with aws_errors():
            pages = self._client.get_paginator("list_tags").paginate(ResourceArn=arn)
            return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}

    def add_tags(self, arn: str, tags: Tags) -> dict[str, str]:
        """See the port."""
        return {tag["Key"]: tag["Value"] for tag in self._call("add_tags", ResourceArn=arn, Tags=tags).get("Tags", [])}

    def delete_tags(self, arn: str, keys: list[str]) -> None:
        """See the port."""
        self._call("delete_tags", ResourceArn=arn, TagKeys=keys)

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:
        with aws_errors():
            response: dict[str, Any] = getattr(self._client, operation)(**request)
        return response

    def _call_just_after(self, operation: str, **request: Any) -> dict[str, Any]:
        # What the step before has created may not be visible yet: the API reference of CreateEndpoint says to retry.
        try:
            return self._call(operation, **request)
        except NotFound as unseen:
            raise NotVisibleYet(str(unseen)) from unseen
