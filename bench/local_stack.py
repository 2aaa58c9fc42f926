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
from slipway.images import resolve_image
from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.local_stack import Layout, LocalStack

ROOT = Path(__file__).parents[1]
# The image of the workflow, which resolves the newest: an older one may not be able to load the model.
IMAGE = str(resolve_image("sklearn", "us-east-1", instance_type="ml.m5.large"))
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
        children = [(child, child.children(recursive=True)) for child in engine.children()]
        # A container's program starts others, which belong to it. The functions are forked from one process.
        containers = [
            [child, *own] for child, own in children if "slipway_local.containers" in " ".join(child.cmdline())
        ]
        functions = [[one] for child, own in children if [child, *own] not in containers for one in (child, *own)]
        print(f"resident memory: engine             {resident(engine):6.0f} MiB")
        for kind, groups in (("functions", functions), ("containers", containers)):
            total = sum(resident(process) for group in groups for process in group)
            print(f"{len(groups):4} {kind:29}  {total:6.0f} MiB, {total / max(len(groups), 1):.0f} MiB each")
        if len(containers) < 2 * runs:
            raise SystemExit("a container is missing")


def resident(process: psutil.Process) -> float:
    """Return a process's resident memory in MiB, with its part of what forked processes share."""
    return float(process.memory_full_info().pss) / MIB


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
