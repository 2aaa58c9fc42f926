"""What callers of an endpoint get while a new version of its model is deployed, by three ways of deploying it.

    python bench/proof_before_traffic.py [SECONDS]

A caller sends 20 requests a second to an endpoint of its own for each way and version. The version is good, crashes in
each invocation, answers wrong, or is slow. The ways are a deployment that is tested before traffic, one that is tested
after, both with the same sample, and as their peer a script that calls UpdateEndpoint and waits until InService. Wrong
answers are counted, errors, and answers that take more than one second, until SECONDS after the deployment. The local
stack's clock is a tenth of SageMaker's, so that a creation takes three seconds. Nothing else may use the machine: the
callers and all containers share it.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.local_stack import Layout, LocalStack

ROOT = Path(__file__).parents[1]
RATE = 20  # requests a second
LIMIT = 1.0  # seconds that an answer may take
BODY, RIGHT = b"[1, 2, 3]", {"sum": 6}
CODE = """
import json, time

def model_fn(model_dir):
    return None

def transform_fn(model, body, content_type, accept):
    {0}
    return json.dumps({{"sum": sum(json.loads(body)) + {1}}}), "application/json"
"""
VERSIONS = {
    "good": CODE.format("pass", 0),
    "crashing": CODE.format("raise RuntimeError('the model is upside down')", 0),
    "wrong": CODE.format("pass", 1),
    "slow": CODE.format("time.sleep(1.5)", 0),
}
TEST = {"ContentType": "application/json", "Expect": {"Json": RIGHT}, "MaxLatencyMs": {"Median": 1000}}


def packed(code: str) -> bytes:
    """Return a model archive of inference code alone."""
    body, content = io.BytesIO(), code.encode()
    with tarfile.open(fileobj=body, mode="w:gz") as tar:
        member = tarfile.TarInfo("code/inference.py")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return body.getvalue()


@dataclass
class Caller:
    """Sends requests in the background; `bad` counts answers by what was wrong about them."""

    runtime: Any
    endpoint: str
    sent: int = 0
    bad: dict[str, int] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Send until it is to end, each request when it is due, whatever became of those before."""
        started = time.perf_counter()
        with ThreadPoolExecutor(128) as pool:
            while not self.ended.is_set():
                pool.submit(self._ask)
                self.sent += 1
                time.sleep(max(0.0, started + self.sent / RATE - time.perf_counter()))

    def _ask(self) -> None:
        started = time.perf_counter()
        try:
            found = self.runtime.invoke_endpoint(EndpointName=self.endpoint, Body=BODY, ContentType="application/json")
            answer = json.loads(found["Body"].read())
        except (ClientError, BotoCoreError, ValueError):
            self._count("error")
            return
        if answer != RIGHT:
            self._count("wrong")
        elif time.perf_counter() - started > LIMIT:
            self._count("slow")

    def _count(self, what: str) -> None:
        self.bad[what] = self.bad.get(what, 0) + 1


class Ways:
    """The ways of deploying an archive to an endpoint; each returns how it ended."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._sagemaker = stack.client("sagemaker")
        self._stepfunctions = stack.client("stepfunctions")

    def upload(self, version: str) -> str:
        """Upload the archive of a version and return its address."""
        return self.put(f"bench/{version}.tar.gz", packed(VERSIONS[version]))

    def put(self, key: str, body: bytes) -> str:
        """Put an object into the model bucket."""
        bucket = self._stack.description.model_bucket
        self._stack.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return f"s3://{bucket}/{key}"

    def before_traffic(self, endpoint: str, version: str) -> str:
        """Deploy with a test before traffic."""
        return self.deploy(endpoint, version, SmokeTest={**self._test(), "Stage": "BeforeTraffic"})

    def after_traffic(self, endpoint: str, version: str) -> str:
        """Deploy with a test after traffic."""
        return self.deploy(endpoint, version, SmokeTest={**self._test(), "Stage": "AfterTraffic"})

    def update_endpoint(self, endpoint: str, version: str) -> str:
        """Do what scripts do: CreateModel, CreateEndpointConfig, UpdateEndpoint, and wait until InService."""
        name, sagemaker = f"{endpoint}-{version}", self._sagemaker
        before = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
        variants = sagemaker.describe_endpoint_config(EndpointConfigName=before)["ProductionVariants"]
        served = sagemaker.describe_model(ModelName=variants[0]["ModelName"])
        container = served["PrimaryContainer"]
        rest = {key: value for key, value in container.items() if key != "ModelDataSource"}
        model = {**rest, "ModelDataUrl": self.upload(version)}
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=served["ExecutionRoleArn"], PrimaryContainer=model)
        sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[{**variants[0], "ModelName": name}]
        )
        sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=name)
        waiter = sagemaker.get_waiter("endpoint_in_service")
        waiter.wait(EndpointName=endpoint, WaiterConfig={"Delay": 1, "MaxAttempts": 600})
        return str(sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"])

    def deploy(self, endpoint: str, version: str, **fields: Any) -> str:
        """Deploy through the workflow, and wait."""
        request = {"EndpointName": endpoint, "ModelDataUrl": self.upload(version), "Framework": "mxnet", **fields}
        arn = self._stepfunctions.start_execution(
            stateMachineArn=self._stack.description.state_machine_arn, input=json.dumps(request)
        )["executionArn"]
        while (found := self._stepfunctions.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(0.5)
        return str(json.loads(found["output"])["Outcome"] if found["status"] == "SUCCEEDED" else found["error"])

    def _test(self) -> dict[str, Any]:
        return {**TEST, "PayloadUrl": self.put("bench/sample.json", BODY)}


def main(seconds: float) -> int:
    """Measure, print, and return 1 where a test before traffic has let a bad answer through."""
    settings = EngineSettings(port=free_port(), creation_seconds=30.0, clock_scale=0.1)
    let_through = 0
    with LocalStack(Layout(ROOT, ROOT / ".local" / "bench-proof"), settings) as stack:
        ways = Ways(stack)
        config = Config(retries={"total_max_attempts": 1}, read_timeout=65, max_pool_connections=128)
        runtime = stack.client("sagemaker-runtime", config=config)
        print(f"{'version':10}{'way':18}{'ended':18}{'seconds':>8}{'sent':>7}{'bad':>7}")
        for version in VERSIONS:
            for way in (ways.before_traffic, ways.after_traffic, ways.update_endpoint):
                endpoint = f"{version}-{way.__name__}".replace("_", "-")
                assert ways.deploy(endpoint, "good") == "Created"
                caller, took, end = during(Caller(runtime, endpoint), lambda: way(endpoint, version), seconds)  # noqa: B023
                bad = sum(caller.bad.values())
                print(
                    f"{version:10}{way.__name__:18}{end:18}{took:8.0f}{caller.sent:7}{bad:7}  {caller.bad or ''}",
                    flush=True,
                )
                let_through += bad if way == ways.before_traffic else 0
                stack.client("sagemaker").delete_endpoint(EndpointName=endpoint)
    return int(let_through > 0)


def during(caller: Caller, deploy: Callable[[], str], seconds: float) -> tuple[Caller, float, str]:
    """Deploy while a caller calls; return it, how long the deployment took, and how that ended."""
    thread = threading.Thread(target=caller.run)
    thread.start()
    time.sleep(2)
    started = time.perf_counter()
    end = deploy()
    took = time.perf_counter() - started
    time.sleep(seconds)
    caller.ended.set()
    thread.join()
    return caller, took, end


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0))
