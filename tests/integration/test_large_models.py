"""Models without an archive, and models below a prefix, through the real template."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.control import register_training_job
from tests.integration.deployments import Account, endpoint_name

VLLM = {"Framework": "vllm", "InstanceType": "ml.g6.2xlarge"}
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
SHARDS = 48
# Answers with how many files of the model there are, and how many bytes they have.
COUNTING_CODE = """
import json, pathlib

def model_fn(model_dir):
    sizes = [path.stat().st_size for path in pathlib.Path(model_dir).glob("*.bin")]
    return {"files": len(sizes), "bytes": sum(sizes)}

def input_fn(body, content_type): ...

def predict_fn(data, model):
    return model

def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""


def copied(account: Account, name: str) -> set[str]:
    """Return the keys of what the stack has copied for an endpoint; other tests deploy others meanwhile."""
    pages = account.s3.get_paginator("list_objects_v2").paginate(
        Bucket=account.description.model_bucket, Prefix=f"deployed/{name}"
    )
    return {entry["Key"] for page in pages for entry in page.get("Contents", [])}


def test_a_model_that_the_image_loads_is_deployed_and_streams(account: Account) -> None:
    name = endpoint_name("vllm")
    request = {"EndpointName": name, **VLLM, "Environment": {"HF_MODEL_ID": "Qwen/Qwen3-4B"}}
    assert account.deploy(request)["Outcome"] == "Created"
    assert account.deploy(request)["Outcome"] == "AlreadyDeployed"

    body = {"messages": [{"role": "user", "content": "hello there"}], "stream": True}
    answered = account.runtime.invoke_endpoint_with_response_stream(
        EndpointName=name, ContentType="application/json", Body=json.dumps(body)
    )

    content = b"".join(event["PayloadPart"]["Bytes"] for event in answered["Body"]).decode()
    chunks = [json.loads(line[6:]) for line in content.split("\n\n") if line.startswith("data: {")]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert said == "This is slipway-stand-in, in place of Qwen/Qwen3-4B. It repeats: hello there"
    account.delete(name)


@pytest.mark.parametrize("size", [64 * 1024, pytest.param(20 * 1024**2, marks=pytest.mark.full)], ids=str)
def test_a_prefix_of_fifty_files_is_loaded_and_not_copied(account: Account, size: int) -> None:
    name = endpoint_name("prefix")
    prefix = f"mine/{name}/v1"
    account.upload(f"{prefix}/config.json", b"{}")
    account.upload(f"{prefix}/code/inference.py", COUNTING_CODE.encode())
    for number in range(SHARDS):
        account.upload(f"{prefix}/shard-{number:02}.bin", bytes(size))
    request: dict[str, Any] = {
        "EndpointName": name,
        "ModelDataUrl": f"s3://{account.description.model_bucket}/{prefix}/",
        "Framework": "mxnet",
        "InstanceType": "ml.m5.large",
    }

    assert account.deploy(request)["Outcome"] == "Created"

    answered = account.runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=b"{}")
    assert json.loads(answered["Body"].read()) == {"files": SHARDS, "bytes": SHARDS * size}
    assert copied(account, name) == set()
    account.delete(name)


def test_a_training_job_with_uncompressed_output_is_deployed(account: Account) -> None:
    name = endpoint_name("uncompressed")
    output = f"jobs/{name}/output/model"
    account.upload(f"{output}/code/inference.py", COUNTING_CODE.encode())
    uri = account.upload(f"{output}/weights.bin", b"four")
    register_training_job(account, name, uri.removesuffix("/weights.bin"), IMAGE, compression="NONE")
    request = {"EndpointName": name, "TrainingJobName": name, "InstanceType": "ml.m5.large"}

    assert account.deploy(request)["Outcome"] == "Created"

    answered = account.runtime.invoke_endpoint(EndpointName=name, ContentType="application/json", Body=b"{}")
    assert json.loads(answered["Body"].read()) == {"files": 1, "bytes": 4}
    account.delete(name)
