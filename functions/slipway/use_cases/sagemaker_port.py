"""What the use cases ask of SageMaker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Request = Mapping[str, Any]
Tags = list[dict[str, str]]


class SageMaker(Protocol):
    """SageMaker's control plane.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `RequestRefused`;
    `describe_*` and `delete_*` raise `NotFound`, `create_*` `AlreadyExists`.
    """

    def create_model(self, request: Request, tags: Tags) -> str:
        """Return the new model's ARN. Raises `RoleNotAssumable` too."""

    def describe_model(self, name: str) -> dict[str, Any]:
        """Return DescribeModel's answer."""

    def delete_model(self, name: str) -> None:
        """Delete a model."""

    def create_endpoint_config(self, request: Request, tags: Tags) -> str:
        """Return the new configuration's ARN. Raises `NotVisibleYet` when the model is not seen yet."""

    def describe_endpoint_config(self, name: str) -> dict[str, Any]:
        """Return DescribeEndpointConfig's answer."""

    def delete_endpoint_config(self, name: str) -> None:
        """Delete a configuration."""

    def list_endpoint_configs(self, name_contains: str) -> list[str]:
        """Return the names of the configurations whose names contain this, newest first."""

    def create_endpoint(self, request: Request, tags: Tags) -> str:
        """Return the new endpoint's ARN. Raises `QuotaExceeded`, and `NotVisibleYet` for the configuration."""

    def update_endpoint(self, request: Request) -> None:
        """Start an update. Raises `EndpointBusy`, `QuotaExceeded`, and `NotVisibleYet` for the configuration."""

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        """Return DescribeEndpoint's answer."""

    def delete_endpoint(self, name: str) -> None:
        """Start a deletion. Raises `EndpointBusy`."""

    def tags(self, arn: str) -> dict[str, str]:
        """Return a resource's tags."""

    def add_tags(self, arn: str, tags: Tags) -> dict[str, str]:
        """Add tags to a resource, or replace those of the same keys; return all that it has then."""

    def delete_tags(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a resource; one that it does not have is no error."""
