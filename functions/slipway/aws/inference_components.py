"""SageMaker's inference components over boto3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from slipway.aws.errors import aws_errors
from slipway.aws.sagemaker import Request, Tags

IN_SERVICE, FAILED = "InService", "Failed"
# A component in any other status is being changed. API, DescribeInferenceComponent.InferenceComponentStatus.
SETTLED = (IN_SERVICE, FAILED)


class InferenceComponents(Protocol):
    """The inference components of endpoints.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`; all but `create`
    and `names` raise `NotFound`, and those that change one `EndpointBusy`.
    """

    def create(self, request: Request, tags: Tags) -> None:
        """Create a component. Raises `AlreadyExists`, and `NotFound` for its model."""

    def describe(self, name: str) -> dict[str, Any]:
        """Return DescribeInferenceComponent's answer."""

    def update(self, request: Request) -> None:
        """Start the update of a component's specification and copies."""

    def set_copies(self, name: str, count: int) -> None:
        """Start the change of the number of copies."""

    def delete(self, name: str) -> None:
        """Start a deletion."""

    def names(self, endpoint_name: str) -> list[str]:
        """Return the names of an endpoint's components."""


class Boto3InferenceComponents:
    """Implements `slipway.aws.inference_components.InferenceComponents`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, request: Request, tags: Tags) -> None:
        with aws_errors():
            self._client.create_inference_component(**request, Tags=tags)

    def describe(self, name: str) -> dict[str, Any]:
        with aws_errors():
            found: dict[str, Any] = self._client.describe_inference_component(InferenceComponentName=name)
        return found

    def update(self, request: Request) -> None:
        with aws_errors():
            self._client.update_inference_component(**request)

    def set_copies(self, name: str, count: int) -> None:
        with aws_errors():
            self._client.update_inference_component_runtime_config(
                InferenceComponentName=name, DesiredRuntimeConfig={"CopyCount": count}
            )

    def delete(self, name: str) -> None:
        with aws_errors():
            self._client.delete_inference_component(InferenceComponentName=name)

    def names(self, endpoint_name: str) -> list[str]:
        with aws_errors():
            pages = self._client.get_paginator("list_inference_components").paginate(
                EndpointNameEquals=endpoint_name, MaxResults=100
            )
            return [str(one["InferenceComponentName"]) for page in pages for one in page["InferenceComponents"]]


def model_of(component: Mapping[str, Any]) -> str:
    """Return the model that a described component names; empty for a container of its own."""
    return str(component.get("Specification", {}).get("ModelName", ""))
