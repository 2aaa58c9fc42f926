"""What the HTTP API says of an endpoint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from slipway.api.show_endpoint import show_endpoint
from slipway.errors import NotFound
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS

CREATED = datetime(2026, 11, 22, 10, tzinfo=UTC)
TAGS = {"slipway:stack": "slipway", "slipway:execution": "arn:one", "slipway:artifact": "s3://models/digits.tar.gz"}


class OneEndpoint(FakeSageMaker):
    """An account with one endpoint, as AWS describes it."""

    def __init__(self, tags: dict[str, str], **fields: Any) -> None:
        super().__init__()
        self._bears = tags
        self._described = {
            "EndpointName": "digits",
            "EndpointArn": "arn:digits",
            "EndpointConfigName": "digits-1",
            "EndpointStatus": "InService",
            "CreationTime": CREATED,
            "LastModifiedTime": CREATED,
            **fields,
        }

    def describe_endpoint(self, name: str) -> dict[str, Any]:
        if name != "digits":
            raise NotFound(f'Could not find endpoint "{name}".')
        return self._described

    def tags(self, arn: str) -> dict[str, str]:
        return self._bears


def test_it_says_what_serves_and_which_deployment_put_it_there() -> None:
    assert show_endpoint("digits", OneEndpoint(TAGS), SETTINGS) == {
        "EndpointName": "digits",
        "EndpointArn": "arn:digits",
        "EndpointStatus": "InService",
        "EndpointConfigName": "digits-1",
        "PendingEndpointConfigName": None,
        "FailureReason": None,
        "CreatedAt": "2026-11-22T10:00:00.000Z",
        "LastModifiedAt": "2026-11-22T10:00:00.000Z",
        "Deployment": {"Execution": "arn:one", "Artifact": "s3://models/digits.tar.gz", "DeployedAt": None},
    }


def test_an_update_under_way_says_where_it_leads() -> None:
    pending = {"EndpointStatus": "Updating", "PendingDeploymentSummary": {"EndpointConfigName": "digits-2"}}
    found = show_endpoint("digits", OneEndpoint(TAGS, **pending), SETTINGS)
    assert (found["EndpointConfigName"], found["PendingEndpointConfigName"]) == ("digits-1", "digits-2")


def test_one_that_failed_says_why() -> None:
    failed = {"EndpointStatus": "Failed", "FailureReason": "It did not pass the ping health check."}
    found = show_endpoint("digits", OneEndpoint(TAGS, **failed), SETTINGS)
    assert found["FailureReason"] == failed["FailureReason"]


@pytest.mark.parametrize("tags", [{}, {"slipway:stack": "another"}])
def test_one_that_this_stack_did_not_deploy_is_not_shown(tags: dict[str, str]) -> None:
    with pytest.raises(NotFound, match="has deployed no endpoint digits"):
        show_endpoint("digits", OneEndpoint(tags), SETTINGS)


def test_one_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        show_endpoint("letters", OneEndpoint(TAGS), SETTINGS)
