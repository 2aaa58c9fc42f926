"""Endpoints with several models, through the real template: each is hosted by processes of its own."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.fakes.archives import tar_gz
from tests.integration import archives
from tests.integration.deployments import Account, endpoint_name

DOUBLING_CODE = """
import json

def model_fn(model_dir): ...

def input_fn(body, content_type):
    return json.loads(body)

def predict_fn(data, model):
    return [2 * value for value in data]

def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""


def image(account: Account) -> str:
    """Return an image of the account's own, which the local stack serves with the inference toolkit."""
    return f"{account.description.account_id}.dkr.ecr.{account.description.region}.amazonaws.com/numbers:1.0"


def test_two_containers_answer_one_after_the_other_and_then_each_by_its_name(account: Account) -> None:
    name = endpoint_name("containers")
    sources = {
        "doubling": account.upload(
            f"mine/{name}/doubling.tar.gz", tar_gz({"code/inference.py": DOUBLING_CODE.encode()})
        ),
        "summing": account.upload(f"mine/{name}/summing.tar.gz", archives.answering(3)),
    }
    containers = [
        {"ContainerHostname": hostname, "ModelDataUrl": uri, "ImageUri": image(account)}
        for hostname, uri in sources.items()
    ]
    request = {"EndpointName": name, "Containers": containers, "InstanceType": "ml.m5.large"}

    serial = account.deploy(request)

    assert serial["Outcome"] == "Created"
    assert account.invoke(name, [1, 2]) == {"sum": 18, "factor": 3}

    direct = account.deploy(request | {"InferenceExecutionConfig": {"Mode": "Direct"}})

    assert direct["Outcome"] == "Updated"
    answered = {
        hostname: json.loads(
            account.runtime.invoke_endpoint(
                EndpointName=name, TargetContainerHostname=hostname, ContentType="application/json", Body=b"[1, 2]"
            )["Body"].read()
        )
        for hostname in sources
    }
    assert answered == {"doubling": [2, 4], "summing": {"sum": 9, "factor": 3}}
    with pytest.raises(ClientError, match="TargetContainerHostname is required"):
        account.invoke(name, [1, 2])
    account.delete(name)
