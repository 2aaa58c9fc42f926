"""What the SageMaker Runtime needs from the world around it, besides `ports`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from slipway_local.ports import HostedContainer


@dataclass(frozen=True)
class ServingVariant:
    """One production variant that takes traffic: its present weight and its running container.

    `instance_count` is CurrentInstanceCount, 0 for a serverless variant; one container stands for them all. A shadow
    gets copies of the production variant's requests, and its answers go nowhere.
    """

    name: str
    weight: float
    container: HostedContainer
    instance_count: int = 1
    is_shadow: bool = False


@dataclass(frozen=True)
class AsyncHosting:
    """The AsyncInferenceConfig of an endpoint, and the execution role that reads and writes for it.

    Paths are S3 URIs, topics SNS ARNs; `include_response_in` names topics as IncludeInferenceResponseIn does.
    """

    output_path: str | None = None
    failure_path: str | None = None
    success_topic: str | None = None
    error_topic: str | None = None
    include_response_in: frozenset[str] = frozenset()
    max_at_once: int | None = None
    role_arn: str | None = None


class Endpoints(Protocol):
    """What InvokeEndpoint asks the control plane; called from worker threads."""

    def serving(self, endpoint_name: str) -> Sequence[ServingVariant] | None:
        """Return the variants that serve the endpoint now.

        During an update these are the old ones until traffic has moved. Empty for an endpoint that exists
        and serves nothing (Creating for the first time, Failed, Deleting); None for one that does not exist.
        """

    def fleet(self) -> Mapping[str, Sequence[ServingVariant]]:
        """Return the variants of every endpoint that serves, by the endpoint's name."""

    def asynchronous(self, endpoint_name: str) -> AsyncHosting | None:
        """Return how an asynchronous endpoint is hosted; None for any other."""


class Payloads(Protocol):
    """S3, as asynchronous inference uses it."""

    def read(self, s3_uri: str) -> bytes:
        """Return an object. Raises `ObjectMissing` or `ObjectDenied`."""

    def write(self, s3_uri: str, body: bytes, content_type: str) -> None:
        """Write an object. Raises `ObjectMissing` for a bucket that is not there, or `ObjectDenied`."""

    def acting_as(self, role_arn: str | None) -> Payloads:
        """Return the same store, used as a role may use it; None is the account itself."""


class Topics(Protocol):
    """SNS."""

    def publish(self, topic_arn: str, message: str, role_arn: str | None) -> None:
        """Publish a message as a role. Raises `OSError` where SNS refuses it."""
