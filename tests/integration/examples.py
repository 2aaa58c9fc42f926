"""What the inputs in events/ refer to, made on the local stack before they are started."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from slipway_local.stack.sam import PARAMETERS
from tests.integration import archives
from tests.integration.control import register_training_job
from tests.integration.deployments import Account

Request = dict[str, Any]

EXAMPLE_BUCKET = "slipway-modelbucket-1a2b3c4d5e6f"
SCRIPT_MODE = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
# The built-in algorithm's own files, of no model.
OBJECT_DETECTION = {"model_algo_1-symbol.json": b"{}", "model_algo_1-0000.params": b"0", "hyperparams.json": b"{}"}


def prepared(account: Account, request: Request) -> Request:
    """Make what an input refers to; return the input as it is of this account."""
    ready = of_this_account(account, request)
    for field, prepare in PREPARATIONS.items():
        if field in ready:
            prepare(account, ready)
    return ready


def of_this_account(account: Account, example: Request) -> Request:
    """Return an example with this account's number, the stack's role, and buckets that the stack may use.

    Models are in its second one: what is put into the first is deployed by being put there. Outputs are in the first.
    """
    text = json.dumps(example).replace("111122223333", account.description.account_id)
    for place in (f"{EXAMPLE_BUCKET}/inference/", "sentiment-answers/"):
        text = text.replace(f"s3://{place}", f"s3://{account.description.model_bucket}/inference/")
    ready: Request = json.loads(text.replace(EXAMPLE_BUCKET, PARAMETERS["SecondModelBucket"]))
    if "ExecutionRoleArn" in ready:
        ready["ExecutionRoleArn"] = account.description.outputs["ExecutionRoleArn"]
        # It publishes to no topic.
        ready.get("AsyncInferenceConfig", {}).get("OutputConfig", {}).pop("NotificationConfig", None)
    return ready


def put(account: Account, uri: str, content: bytes) -> str:
    """Put an object where an input says that it is, whatever the bucket; return its ETag."""
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    if bucket not in {found["Name"] for found in account.s3.list_buckets()["Buckets"]}:
        account.s3.create_bucket(Bucket=bucket)
    etag: str = account.s3.put_object(Bucket=bucket, Key=key, Body=content)["ETag"]
    return etag.strip('"')


def _model(account: Account, request: Request) -> None:
    if request["ModelDataUrl"].endswith("/"):
        for name in ("config.json", "model.safetensors"):
            put(account, f"{request['ModelDataUrl']}{name}", b"{}")
    else:
        _archive(account, request)


def _model_data_source(account: Account, request: Request) -> None:
    _model(account, {"ModelDataUrl": request["ModelDataSource"]["S3DataSource"]["S3Uri"]})


def _archive(account: Account, request: Request) -> None:
    # Whatever the framework: several examples refer to the same archive.
    put(account, request["ModelDataUrl"], archives.answering(1, **OBJECT_DETECTION))
    if "SmokeTest" not in request:  # what is asked for an answer is served by its framework
        request["Environment"] = {**request.get("Environment", {}), "SLIPWAY_STAND_IN": "echo"}


def _additional(account: Account, request: Request) -> None:
    for source in request["AdditionalModelDataSources"]:
        _model(account, {"ModelDataUrl": source["S3DataSource"]["S3Uri"]})


def _parts(account: Account, request: Request) -> None:
    for field in ("Containers", "ProductionVariants", "ShadowProductionVariants", "InferenceComponents"):
        for part in request.get(field, []):
            _model(account, part)


def _payload(account: Account, request: Request) -> None:
    for sample in request["SmokeTest"].get("Samples", [request["SmokeTest"]]):
        put(account, sample["PayloadUrl"], b"[1, 2, 3]")


def _training_job(account: Account, request: Request) -> None:
    uri = account.upload("training/model.tar.gz", archives.answering(1))
    register_training_job(account, request["TrainingJobName"], uri, IMAGE)


def _model_package(account: Account, request: Request) -> None:
    group, version = request["ModelPackageArn"].split("/")[-2:]
    container = {"Image": IMAGE, "ModelDataUrl": account.upload("registry/model.tar.gz", archives.answering(1))}
    account.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    specification = {"Containers": [container | {"Environment": SCRIPT_MODE}]}
    for _ in range(int(version)):
        account.sagemaker.create_model_package(
            ModelPackageGroupName=group,
            InferenceSpecification=specification,
            AdditionalInferenceSpecifications=[{"Name": request["InferenceSpecificationName"], **specification}],
            ModelApprovalStatus="Approved",
        )


def _endpoint_config(account: Account, request: Request) -> None:
    model = {
        "EndpointName": request["EndpointName"],
        "ModelDataUrl": account.upload("elsewhere/redeployed.tar.gz", archives.answering(2)),
        "Framework": "mxnet",
    }
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": account.deploy(model)["ModelName"],
        "InstanceType": "ml.c5.large",
        "InitialInstanceCount": 1,
    }
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=request["EndpointConfigName"], ProductionVariants=[variant]
    )


PREPARATIONS: dict[str, Callable[[Account, Request], None]] = {
    "AdditionalModelDataSources": _additional,
    "ModelDataSource": _model_data_source,
    "ModelDataUrl": _model,
    "Containers": _parts,
    "ProductionVariants": _parts,
    "InferenceComponents": _parts,
    "SmokeTest": _payload,
    "TrainingJobName": _training_job,
    "ModelPackageArn": _model_package,
    "EndpointConfigName": _endpoint_config,
}
