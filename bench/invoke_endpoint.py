"""InvokeEndpoint through the local stack, the container asked directly, and the model in this process.

    python bench/invoke_endpoint.py [RUNS]

The same scikit-learn model answers the same JSON body in all three, which take turns in one loop, so that whatever else
the machine does hits them alike. In this process, the script's own functions run between JSON and JSON. The container
is asked as the local SageMaker asks it: a new connection for each request. InvokeEndpoint is boto3's.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import psutil

from demo import digits
from slipway.images import resolve_image
from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import EngineProcess, free_port

IMAGE = str(resolve_image("sklearn", "us-east-1", instance_type="ml.m5.large"))
JSON = "application/json"
NAME, BUCKET = "bench", "bench-models"
ROWS = (1, 100)
Ask = Callable[[bytes], bytes]


def main(runs: int) -> None:
    """Measure and print."""
    settings = EngineSettings(port=free_port(), creation_seconds=0.0, clock_scale=1.0)
    with tempfile.TemporaryDirectory() as folder:
        engine = EngineProcess(settings, Path(folder) / "engine.log")
        engine.start()
        try:
            data = digits.load()
            archive = digits.pack(digits.train(data, 1)[0], 1, Path(folder))
            ways = {
                "the model in this process": in_process(Path(folder)),
                "the container directly": container(engine.pid, deployed(settings.endpoint_url, archive)),
                "InvokeEndpoint": invoke_endpoint(settings.endpoint_url),
            }
            for rows in ROWS:
                body = json.dumps({"images": data.test_images[:rows].tolist()}).encode()
                show(rows, len(body), measured(ways, body, runs))
        finally:
            engine.stop()


def measured(ways: dict[str, Ask], body: bytes, runs: int) -> dict[str, list[float]]:
    """Return the milliseconds of each way, in turns. Exits when two ways do not answer the same."""
    answers = {name: json.loads(ask(body)) for name, ask in ways.items()}
    if len({json.dumps(answer) for answer in answers.values()}) != 1:
        raise SystemExit(f"not the same answers: {answers}")
    taken: dict[str, list[float]] = {name: [] for name in ways}
    gc.disable()
    for _ in range(runs):
        for name, ask in ways.items():
            started = time.perf_counter()
            ask(body)
            taken[name].append((time.perf_counter() - started) * 1e3)
    gc.enable()
    return taken


def show(rows: int, size: int, taken: dict[str, list[float]]) -> None:
    """Print medians, 95th percentiles, and ratios to the model in this process."""
    base = statistics.median(next(iter(taken.values())))
    print(f"{rows} images, {size:,} bytes".ljust(30), "median       95 %   ratio")
    for name, each in taken.items():
        median = statistics.median(each)
        print(f"{name:28} {median:6.2f} ms {statistics.quantiles(each, n=20)[-1]:7.2f} ms {median / base:7.1f}")


def in_process(folder: Path) -> Ask:
    """Return what the archive's own functions do, without a container."""
    loaded = importlib.util.spec_from_file_location("inference", digits.CODE / "inference.py")
    assert loaded is not None
    assert loaded.loader is not None
    module = importlib.util.module_from_spec(loaded)
    loaded.loader.exec_module(module)
    model = module.model_fn(str(folder))
    return lambda body: module.output_fn(module.predict_fn(module.input_fn(body, JSON), model), JSON)[0].encode()


def deployed(url: str, archive: Path) -> Any:
    """Bring the model InService and return SageMaker's client."""
    clients = {name: client(name, url) for name in ("s3", "iam", "sagemaker")}
    clients["s3"].create_bucket(Bucket=BUCKET)
    clients["s3"].upload_file(str(archive), BUCKET, "model.tar.gz")
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = clients["iam"].create_role(RoleName=NAME, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": ["s3:*", "logs:*", "ecr:*"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    clients["iam"].put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=policy)
    sagemaker = clients["sagemaker"]
    program = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    model = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz", "Environment": program}
    sagemaker.create_model(ModelName=NAME, ExecutionRoleArn=role, PrimaryContainer=model)
    variant = {"VariantName": "AllTraffic", "ModelName": NAME, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName=NAME, ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=NAME, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    return sagemaker


def container(engine_pid: int, _deployed: object) -> Ask:
    """Return a request to the port that the engine's one container listens on, not one behind it inside."""
    [process] = [
        child
        for child in psutil.Process(engine_pid).children()
        if "slipway_local.containers" in " ".join(child.cmdline())
    ]
    [port] = [each.laddr.port for each in process.net_connections() if each.status == psutil.CONN_LISTEN]

    def ask(body: bytes) -> bytes:
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/invocations", body, {"Content-Type": JSON, "Accept": JSON})
        answer = connection.getresponse().read()
        connection.close()
        return answer

    return ask


def invoke_endpoint(url: str) -> Ask:
    """Return boto3's InvokeEndpoint."""
    runtime = client("sagemaker-runtime", url)

    def ask(body: bytes) -> bytes:
        answer: bytes = runtime.invoke_endpoint(EndpointName=NAME, ContentType=JSON, Accept=JSON, Body=body)[
            "Body"
        ].read()
        return answer

    return ask


def client(service: str, url: str) -> Any:
    """Return a boto3 client of the local stack."""
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
