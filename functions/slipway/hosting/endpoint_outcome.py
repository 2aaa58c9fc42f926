"""What CreateEndpoint is given and what it answers."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from slipway.hosting.durations import Watch
from slipway.hosting.inherited_policy import Policy


class EndpointConfig(TypedDict):
    """The configuration to serve; its ARN where this deployment made or found it by content."""

    EndpointConfigName: str
    EndpointConfigArn: NotRequired[str]


class Endpoint(Watch, Policy):
    """What became of the endpoint: `Action` is Created, Updated, Redeployed, AlreadyDeployed or Busy.

    `Tags` are what the endpoint bears once it serves the configuration: UpdateEndpoint takes none, and tags written
    before a rollback would lie. `PreviousEndpointConfigName` is what a deployment with a smoke test goes back to, and
    `IsScaled` says that an update has to keep the size that the endpoint has. `ScalableResourceId` is what is to be
    scaled, if anything is. What has ended already is not timed: it has `Waits` only.
    """

    Action: str
    EndpointName: str
    EndpointConfigName: str
    EndpointArn: NotRequired[str]
    EndpointConfigArn: NotRequired[str | None]
    Tags: NotRequired[list[dict[str, str]]]
    PreviousEndpointConfigName: NotRequired[str]
    IsScaled: NotRequired[bool]
    ScalableResourceId: NotRequired[str]
