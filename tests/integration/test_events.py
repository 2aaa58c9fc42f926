"""The replayable inputs in events/ are inputs that work: each is started as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import archives
from tests.integration.deployments import Account
from tests.integration.examples import of_this_account, prepared, put

EVENTS = Path(__file__).parents[2] / "events"


def examples(account: Account) -> Iterator[tuple[str, str, object]]:
    """Make what every example refers to; yield its name, the outcome to expect, and its input."""
    for number, file in enumerate(sorted((EVENTS / "executions").glob("*.json"))):
        example = json.loads(file.read_text(encoding="utf-8"))
        # Several examples deploy the same endpoint: here all are under way at the same time.
        request = prepared(account, example | {"EndpointName": f"{example['EndpointName']}-{number}"})
        yield file.stem, "Redeployed" if "EndpointConfigName" in request else "Created", request
    for file in sorted((EVENTS / "s3").glob("*.json")):
        event = of_this_account(account, json.loads(file.read_text(encoding="utf-8")))
        yield file.stem, "Created", uploaded(account, event)


def uploaded(account: Account, event: dict[str, Any]) -> dict[str, Any]:
    """Put an archive where an event says that it is; the event's ETag is then the archive's."""
    uri = f"s3://{event['detail']['bucket']['name']}/{event['detail']['object']['key']}"
    event["detail"]["object"]["etag"] = put(account, uri, archives.answering(3))
    return event


# A deployment for each example; other tests show their kinds one by one.
@pytest.mark.full
def test_every_example_deploys(account: Account) -> None:
    # Some refer to the same archive: nothing starts before everything is there.
    ready = list(examples(account))
    assert len(ready) > 10
    started = {name: account.start(request) for name, _, request in ready}

    ended = {name: account.end_of(arn) for name, arn in started.items()}

    assert {name: one.output.get("Outcome", one.error) for name, one in ended.items()} == {
        name: outcome for name, outcome, _ in ready
    }
    for one in ended.values():
        name = one.output["EndpointName"]
        assert account.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
        account.delete(name)
