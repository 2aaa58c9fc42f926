"""The replayable inputs in events/ are inputs that work: each is started as it stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration import archives
from tests.integration.deployments import Account
from tests.integration.examples import of_this_account, prepared, put

EVENTS = Path(__file__).parents[2] / "events"
EXECUTIONS = sorted((EVENTS / "executions").glob("*.json"))
UPLOADS = sorted((EVENTS / "s3").glob("*.json"))


@pytest.mark.parametrize("file", EXECUTIONS, ids=lambda file: file.stem)
def test_an_example_of_an_execution_deploys(account: Account, file: Path) -> None:
    request = prepared(account, json.loads(file.read_text(encoding="utf-8")))
    output = account.deploy(request)
    expected = "Redeployed" if "EndpointConfigName" in request else "Created"
    assert (output["Outcome"], output["EndpointName"]) == (expected, request["EndpointName"])
    assert account.sagemaker.describe_endpoint(EndpointName=request["EndpointName"])["EndpointStatus"] == "InService"
    account.sagemaker.delete_endpoint(EndpointName=request["EndpointName"])
    account.sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=request["EndpointName"], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


@pytest.mark.parametrize("file", UPLOADS, ids=lambda file: file.stem)
def test_an_example_of_an_upload_deploys(account: Account, file: Path) -> None:
    event = of_this_account(account, json.loads(file.read_text(encoding="utf-8")))
    uri = f"s3://{event['detail']['bucket']['name']}/{event['detail']['object']['key']}"
    # The example's ETag is that of an archive which nobody has: the event says what was uploaded here.
    event["detail"]["object"]["etag"] = put(account, uri, archives.answering(3))
    output = account.deploy(event)
    assert output["Outcome"] in ("Created", "Updated")
    account.sagemaker.delete_endpoint(EndpointName=output["EndpointName"])
