"""What the stack's owner does not allow is refused by name in the deployed stack too, and nothing is made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration import archives
from tests.integration.deployments import NOTHING, Account, endpoint_name

BEYOND: dict[str, dict[str, Any]] = {
    "TooManyInstances": {"InitialInstanceCount": 11},
    "ExecutionRoleNotAllowed": {"ExecutionRoleArn": "arn:aws:iam::000000000000:role/Administrator"},
    "RegistryNotAllowed": {"ImageUri": "444455556666.dkr.ecr.us-east-1.amazonaws.com/theirs:1"},
    "ModelBucketNotAllowed": {"ModelDataUrl": "s3://a-bucket-of-others/model.tar.gz"},
}


@contextmanager
def owner_says(account: Account, **variables: str) -> Iterator[None]:
    """Change PlanDeployment's variables as an update of the stack would, and change them back."""
    functions = account.client("lambda")
    listed = [
        one["FunctionName"]
        for page in functions.get_paginator("list_functions").paginate()
        for one in page["Functions"]
    ]
    (name,) = [one for one in listed if one.startswith("slipway-PlanDeployment")]  # tests have other stacks too
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {**before, **variables}})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})


@pytest.mark.alone
def test_what_is_beyond_the_owners_limits_is_refused_and_makes_nothing(account: Account) -> None:
    name = endpoint_name("limited")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(1))
    good = {"EndpointName": name, "ModelDataUrl": uri, "InstanceType": "ml.m5.large"}
    started = {error: account.start({**good, **fields}) for error, fields in BEYOND.items()}
    ended = {error: account.end_of(arn) for error, arn in started.items()}

    assert {error: (one.status, one.error) for error, one in ended.items()} == {
        error: ("FAILED", error) for error in BEYOND
    }
    assert all("change the parameter" in one.explanation["Message"] for one in ended.values())
    assert account.made_for(name) == NOTHING

    # An owner who says less: nothing but serverless hosting, and that only by an execution.
    with owner_says(account, ALLOWED_INSTANCE_TYPES="serverless", SIDE_FILE_HOSTING="Refused"):
        assert account.run(good).error == "InstanceTypeNotAllowed"
        serverless = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
        account.upload(f"models/{name}/deployment.json", json.dumps(serverless).encode())
        account.upload(f"models/{name}/model.tar.gz", archives.answering(1))
        assert account.end_of_upload(f"models/{name}/model.tar.gz").error == "HostingLocked"
    assert account.made_for(name) == NOTHING
