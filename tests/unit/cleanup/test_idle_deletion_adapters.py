"""EventBridge, SNS and the tagging API over boto3: what they answer with 200 and have not done is an error."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from slipway.aws.tag_index import Boto3TagIndex
from slipway.cleanup.aws import Boto3Announcements
from slipway.errors import AccessDenied, ServiceThrottled, ServiceUnavailable

ARN = "arn:aws:sagemaker:us-east-1:111122223333:endpoint-config/digits-0f1e2d3c4b5a"
TOPIC = "arn:aws:sns:us-east-1:111122223333:slipway"
DETAIL = {"EndpointName": "digits"}
ENTRY = {"Source": "slipway", "DetailType": "Idle Endpoint Deleted", "Detail": json.dumps(DETAIL)}


def stubbed(service: str) -> tuple[Any, Stubber]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client(service, region_name="us-east-1", **keys)
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def test_events_are_put_and_letters_published() -> None:
    (events, of_events), (sns, of_sns) = stubbed("events"), stubbed("sns")
    of_events.add_response("put_events", {"FailedEntryCount": 0, "Entries": []}, {"Entries": [ENTRY]})
    of_sns.add_response("publish", {"MessageId": "0"}, {"TopicArn": TOPIC, "Subject": "a", "Message": "b"})
    announcements = Boto3Announcements(events, sns, TOPIC)

    announcements.put_events("Idle Endpoint Deleted", [DETAIL])
    announcements.notify("a", "b")

    of_events.assert_no_pending_responses()
    of_sns.assert_no_pending_responses()


def test_events_that_were_not_taken_are_an_error() -> None:
    events, of_events = stubbed("events")
    entries = [{"EventId": "0"}, {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}]
    of_events.add_response("put_events", {"FailedEntryCount": 1, "Entries": entries})

    with pytest.raises(ServiceUnavailable, match="1 events were not taken: ThrottlingException"):
        Boto3Announcements(events, None, TOPIC).put_events("Idle Endpoint Deleted", [DETAIL, DETAIL])


def test_a_denied_notification_is_an_error() -> None:
    sns, of_sns = stubbed("sns")
    of_sns.add_client_error("publish", "AuthorizationError", "not authorized", 403)

    with pytest.raises(AccessDenied):
        Boto3Announcements(None, sns, TOPIC).notify("a", "b")


def test_tagged_resources_come_in_pages() -> None:
    tagging, of_tagging = stubbed("resourcegroupstaggingapi")
    found = {"ResourceARN": ARN, "Tags": [{"Key": "slipway:stack", "Value": "slipway"}]}
    asked = {"ResourceTypeFilters": ["sagemaker:endpoint-config", "sagemaker:model"], "ResourcesPerPage": 100}
    filters = {"TagFilters": [{"Key": "slipway:stack", "Values": ["slipway"]}]}
    for given, token in (("", "more"), ("more", "")):
        answer = {"ResourceTagMappingList": [found], "PaginationToken": token}
        of_tagging.add_response("get_resources", answer, {**asked, **filters, "PaginationToken": given})
    index = Boto3TagIndex(tagging)

    first = index.tagged(("endpoint-config", "model"), "slipway:stack", "slipway", "")
    second = index.tagged(("endpoint-config", "model"), "slipway:stack", "slipway", first.token)

    assert first.items == second.items == [(ARN, {"slipway:stack": "slipway"})]
    assert (first.token, second.token) == ("more", "")


def test_a_tag_of_any_value_may_be_asked_for() -> None:
    tagging, of_tagging = stubbed("resourcegroupstaggingapi")
    asked = {"ResourceTypeFilters": ["sagemaker:endpoint"], "TagFilters": [{"Key": "slipway:stack"}]}
    answer: dict[str, Any] = {"ResourceTagMappingList": [], "PaginationToken": ""}
    of_tagging.add_response("get_resources", answer, {**asked, "ResourcesPerPage": 100, "PaginationToken": ""})

    assert Boto3TagIndex(tagging).tagged(("endpoint",), "slipway:stack", None, "").items == []


def test_resources_that_were_not_tagged_are_an_error() -> None:
    tagging, of_tagging = stubbed("resourcegroupstaggingapi")
    failed = {ARN: {"StatusCode": 500, "ErrorCode": "InternalServiceException", "ErrorMessage": "not now"}}
    of_tagging.add_response("tag_resources", {"FailedResourcesMap": failed})

    with pytest.raises(ServiceUnavailable, match="1 resources were not tagged: not now"):
        Boto3TagIndex(tagging).tag_all([ARN], {"slipway:idle-announced-at": "2026"})


def test_throttling_is_named() -> None:
    tagging, of_tagging = stubbed("resourcegroupstaggingapi")
    of_tagging.add_client_error("get_resources", "ThrottledException", "Rate exceeded", 400)

    with pytest.raises(ServiceThrottled):
        Boto3TagIndex(tagging).tagged(("endpoint",), "slipway:stack", None, "")
