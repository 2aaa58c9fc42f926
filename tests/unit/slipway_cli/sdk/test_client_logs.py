"""What containers wrote, over all streams, and what they are writing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from tests.fakes.step_functions import target_of

from slipway_cli.sdk.endpoints import EndpointNotFound
from slipway_cli.sdk.logs import EndpointLog, NothingLogged
from slipway_cli.sdk.target import Target

GROUP = "/aws/sagemaker/Endpoints/digits"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def target() -> Iterator[Target]:
    """Return an account without endpoints."""
    with mock_aws():
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")
        yield Target(session, "us-east-1")


def write(target: Target, stream: str, *lines: tuple[float, str]) -> None:
    """Write lines of a stream: so many seconds ago, and what."""
    logs: Any = target.client("logs")
    for name, call in ((GROUP, logs.create_log_group), (stream, logs.create_log_stream)):
        arguments = {"logGroupName": GROUP} | ({"logStreamName": name} if name == stream else {})
        try:
            call(**arguments)
        except logs.exceptions.ResourceAlreadyExistsException:
            continue
    events = [
        {"timestamp": int((NOW - timedelta(seconds=ago)).timestamp() * 1000), "message": text} for ago, text in lines
    ]
    logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)


def test_the_lines_of_all_streams_come_in_the_order_of_time(target: Target) -> None:
    write(target, "AllTraffic/i-1", (50, "first\n"), (30, "third"))
    write(target, "Shadow/i-2", (40, "second"))

    lines = list(EndpointLog(target, "digits").lines(NOW - timedelta(minutes=1)))

    assert [(line.stream, line.message) for line in lines] == [
        ("AllTraffic/i-1", "first"),
        ("Shadow/i-2", "second"),
        ("AllTraffic/i-1", "third"),
    ]
    assert lines[0].moment == NOW - timedelta(seconds=50)


def test_what_is_older_is_left_out(target: Target) -> None:
    write(target, "AllTraffic/i-1", (90, "old"), (30, "new"))

    lines = EndpointLog(target, "digits").lines(NOW - timedelta(minutes=1))

    assert [line.message for line in lines] == ["new"]


def test_following_shows_each_line_once_also_one_that_comes_late(target: Target) -> None:
    write(target, "AllTraffic/i-1", (20, "first"))
    coming = iter([[(5.0, "second")], [(8.0, "late"), (4.0, "third")], []])

    def pause() -> None:
        more = next(coming)
        if more:
            write(target, "AllTraffic/i-2", *more)

    lines = EndpointLog(target, "digits").follow(NOW - timedelta(minutes=1), pause)

    assert [line.message for line in islice(lines, 4)] == ["first", "second", "late", "third"]
    with pytest.raises(RuntimeError):  # StopIteration of the pauses, within a generator: nothing came twice
        next(lines)


def test_an_endpoint_that_is_not_there_is_said_to_be_so(target: Target) -> None:
    with pytest.raises(EndpointNotFound, match="There is no endpoint digits"):
        list(EndpointLog(target, "digits").lines(NOW))


def test_an_endpoint_whose_containers_wrote_nothing_says_what_it_is() -> None:
    class Silent:
        def get_paginator(self, operation: str) -> Silent:
            return self

        def paginate(self, **request: Any) -> Any:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no group"}}, "Filter")

    class Creating:
        def describe_endpoint(self, **request: Any) -> dict[str, Any]:
            times = dict.fromkeys(("CreationTime", "LastModifiedTime"), NOW)
            return {"EndpointArn": "arn", "EndpointStatus": "Creating", "EndpointConfigName": "c", **times}

        def describe_endpoint_config(self, **request: Any) -> dict[str, Any]:
            return {}

        def get_paginator(self, operation: str) -> Creating:
            return self

        def paginate(self, **request: Any) -> list[dict[str, Any]]:
            return [{"Tags": []}]

    with pytest.raises(NothingLogged, match="the endpoint is Creating"):
        list(EndpointLog(target_of(logs=Silent(), sagemaker=Creating()), "digits").lines(NOW))
