"""The replayable inputs in events/ are inputs that work: each is started as it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration import archives
from tests.integration.deployments import Account

EVENTS = Path(__file__).parents[2] / "events"
EXECUTIONS = sorted((EVENTS / "executions").glob("*.json"))
UPLOADS = sorted((EVENTS / "s3").glob("*.json"))


def put_archive(account: Account, bucket: str, key: str, content: bytes) -> str:
    """Put an archive where an input says that it is, whatever the bucket; return its ETag."""
    if bucket not in {found["Name"] for found in account.s3.list_buckets()["Buckets"]}:
        account.s3.create_bucket(Bucket=bucket)
    etag: str = account.s3.put_object(Bucket=bucket, Key=key, Body=content)["ETag"]
    return etag.strip('"')


def prepare(account: Account, request: dict[str, Any]) -> None:
    """Make what an input refers to."""
    if "ModelDataUrl" in request:
        bucket, key = request["ModelDataUrl"].removeprefix("s3://").split("/", 1)
        put_archive(account, bucket, key, archives.answering(1))
    if "EndpointConfigName" in request:
        deployed = account.deploy(
            {
                "EndpointName": request["EndpointName"],
                "ModelDataUrl": account.upload("elsewhere/redeployed.tar.gz", archives.answering(2)),
                "Framework": "sklearn",
            }
        )
        account.sagemaker.create_endpoint_config(
            EndpointConfigName=request["EndpointConfigName"],
            ProductionVariants=[
                {
                    "VariantName": "AllTraffic",
                    "ModelName": deployed["ModelName"],
                    "InstanceType": "ml.c5.large",
                    "InitialInstanceCount": 1,
                }
            ],
        )


@pytest.mark.parametrize("file", EXECUTIONS, ids=lambda file: file.stem)
def test_an_example_of_an_execution_deploys(account: Account, file: Path) -> None:
    request = json.loads(file.read_text(encoding="utf-8"))
    prepare(account, request)
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
    event = json.loads(file.read_text(encoding="utf-8"))
    bucket, key = event["detail"]["bucket"]["name"], event["detail"]["object"]["key"]
    # The example's ETag is that of an archive which nobody has: the event says what was uploaded here.
    event["detail"]["object"]["etag"] = put_archive(account, bucket, key, archives.answering(3))
    output = account.deploy(event)
    assert output["Outcome"] in ("Created", "Updated")
    account.sagemaker.delete_endpoint(EndpointName=output["EndpointName"])
