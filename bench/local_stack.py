"""The local stack: seconds to come up, seconds of a deployment, resident memory.

    python bench/local_stack.py [RUNS]

The peer is a script that does by hand what the workflow does, on the same stack in the same run: CreateModel,
CreateEndpointConfig, CreateEndpoint, and boto3's waiter asking every tenth of a second. SageMaker's delay is 0, so that
what remains is the work of workflow, functions and container.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from demo import digits
from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.local_stack import Layout, LocalStack

ROOT = Path(__file__).parents[1]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
POLL = 0.02
MIB = 1024 * 1024


def main(runs: int) -> None:
    """Measure and print."""
    settings = EngineSettings(port=free_port(), creation_seconds=0.0, clock_scale=0.001)
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalStack(Layout(ROOT, ROOT / ".local" / "bench"), settings) as stack,
    ):
        print(f"up, with sam build and sam deploy   {time.perf_counter() - started:6.2f} s")
        archive = digits.pack(digits.train(digits.load(), 1)[0], 1, Path(folder))
        bench = Bench(stack, archive)
        print(f"first deployment, functions cold    {timed(lambda: bench.deploy('cold')):6.2f} s")
        by_workflow = [timed(lambda number=number: bench.deploy(f"warm-{number}")) for number in range(runs)]  # type: ignore[misc]
        by_hand = [timed(lambda number=number: bench.by_hand(f"hand-{number}")) for number in range(runs)]  # type: ignore[misc]
        warm, hand = statistics.median(by_workflow), statistics.median(by_hand)
        print(f"warm deployment, median of {runs:<3}      {warm:6.2f} s")
        print(f"the same by hand, median of {runs:<3}     {hand:6.2f} s   ratio {warm / hand:.1f}")
        bench.print_memory(runs)


class Bench:
    """Deployments of one archive on one stack."""

    def __init__(self, stack: LocalStack, archive: Path) -> None:
        self._stack = stack
        self._sagemaker = stack.client("sagemaker")
        self._stepfunctions = stack.client("stepfunctions")
        stack.client("s3").upload_file(str(archive), stack.description.model_bucket, "bench/model.tar.gz")
        self._uri = f"s3://{stack.description.model_bucket}/bench/model.tar.gz"

    def deploy(self, name: str) -> None:
        """Deploy through the workflow, and delete nothing: names are new each time."""
        request = f'{{"EndpointName": "{name}", "ModelDataUrl": "{self._uri}", "Framework": "sklearn"}}'
        arn = self._stepfunctions.start_execution(
            stateMachineArn=self._stack.description.state_machine_arn, input=request
        )["executionArn"]
        while (found := self._stepfunctions.describe_execution(executionArn=arn))["status"] == "RUNNING":
            time.sleep(POLL)
        if found["status"] != "SUCCEEDED":
            raise SystemExit(f"the deployment failed: {found.get('cause')}")

    def by_hand(self, name: str) -> None:
        """Deploy with SageMaker's own calls."""
        role = self._stack.description.outputs["ExecutionRoleArn"]
        environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
        container = {"Image": IMAGE, "ModelDataUrl": self._uri, "Environment": environment}
        variant: dict[str, Any] = {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large"}
        self._sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
        self._sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=[variant | {"InitialInstanceCount": 1}]
        )
        self._sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        waiter = self._sagemaker.get_waiter("endpoint_in_service")
        waiter.wait(EndpointName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})

    def print_memory(self, runs: int) -> None:
        """Print the resident memory of the engine, its functions and its containers."""
        engine = psutil.Process(self._stack.engine.pid)
        children = engine.children(recursive=True)
        containers = [child for child in children if "slipway_local.containers" in " ".join(child.cmdline())]
        functions = [child for child in children if child not in containers]
        print(f"resident memory: engine             {engine.memory_info().rss / MIB:6.0f} MiB")
        for kind, group in (("functions", functions), ("containers", containers)):
            total = sum(process.memory_info().rss for process in group) / MIB
            print(f"{len(group):4} {kind:29}  {total:6.0f} MiB, {total / max(len(group), 1):.0f} MiB each")
        if len(containers) < 2 * runs:
            raise SystemExit("a container is missing")


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
