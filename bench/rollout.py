"""A rollout on the local stack: counts, names of the failures, redrive, time and memory.

    python bench/rollout.py LINES FAILING

FAILING of the lines name an archive that is not there until the rollout has failed; then it is uploaded and the rollout
is redriven. Ends with 1 unless every line is counted, the failures are those, and the redrive completes the rest. An
endpoint is deleted ten seconds after it was InService, so that the machine need not hold the containers of all at once.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.local_load import CODE, packed, usage

from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.local_stack import Layout, LocalStack

ROOT = Path(__file__).parents[1]
FIRST_WAVE = 5
KEPT = 10  # seconds
MINUTE = 60


def main(lines: int, failing: int) -> int:
    """Start a stack, run the rollout, and print."""
    settings = EngineSettings(port=free_port(), creation_seconds=0.0, clock_scale=0.001)
    layout = Layout(ROOT, ROOT / ".local" / "bench-rollout")
    with LocalStack(layout, settings) as stack, usage(stack.engine.pid), deletions(stack):
        return roll_out(stack, lines, failing)


@contextmanager
def deletions(stack: LocalStack) -> Iterator[None]:
    """Delete endpoints `KEPT` seconds after they were seen InService, while the context lasts."""
    sagemaker, is_over = stack.client("sagemaker"), threading.Event()
    seen: dict[str, float] = {}  # by the machine's clock: SageMaker's is faster

    def run() -> None:
        while not is_over.wait(5):
            pages = sagemaker.get_paginator("list_endpoints").paginate(StatusEquals="InService", MaxResults=100)
            for name in [one["EndpointName"] for page in pages for one in page["Endpoints"]]:
                if time.monotonic() - seen.setdefault(name, time.monotonic()) > KEPT:
                    sagemaker.delete_endpoint(EndpointName=name)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def roll_out(stack: LocalStack, lines: int, failing: int) -> int:
    """Return 0 where everything ended as it should."""
    s3, bucket = stack.client("s3"), stack.description.model_bucket
    content = packed({"code/inference.py": CODE.format(answer="x").encode()})
    s3.put_object(Bucket=bucket, Key="fleet/model.tar.gz", Body=content)
    wrong = set(range(lines - failing, lines))
    one_worker = {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
    manifest = [{"Defaults": {"Framework": "mxnet", "InstanceType": "ml.m5.large", "Environment": one_worker}}] + [
        {
            "EndpointName": f"fleet-{number}",
            "ModelDataUrl": f"s3://{bucket}/fleet/{'missing' if number in wrong else 'model'}.tar.gz",
        }
        for number in range(lines)
    ]
    s3.put_object(Bucket=bucket, Key="fleet/manifest.jsonl", Body="\n".join(map(json.dumps, manifest)))
    waves = [{"Count": FIRST_WAVE}, {"MaxConcurrency": 8, "ToleratedFailurePercentage": 50}]
    request = {"ManifestUrl": f"s3://{bucket}/fleet/manifest.jsonl", "Waves": waves}
    stepfunctions = stack.client("stepfunctions")
    started = time.perf_counter()
    arn = stepfunctions.start_execution(
        stateMachineArn=stack.description.outputs["RollOutStateMachineArn"], input=json.dumps(request)
    )["executionArn"]
    first = ended(stepfunctions, arn)
    print(f"ended {first['status']} after {time.perf_counter() - started:.1f} s: {first.get('error')}", flush=True)
    if failing == 0:
        print(first.get("output"))
        return int(first["status"] != "SUCCEEDED" or json.loads(first["output"])["Outcomes"] != {"Created": lines})
    folder = f"rollouts/{first['name']}"
    summary = json.loads(s3.get_object(Bucket=bucket, Key=f"{folder}/summary.json")["Body"].read())
    print({**summary, "Failures": summary["Failures"][:2]}, flush=True)
    s3.put_object(Bucket=bucket, Key="fleet/missing.tar.gz", Body=content)
    started = time.perf_counter()
    stepfunctions.redrive_execution(executionArn=arn)
    again = ended(stepfunctions, arn)
    print(f"redriven, ended {again['status']} after {time.perf_counter() - started:.1f} s: {again.get('output')}")
    named = {one["EndpointName"] for one in summary["Failures"]}
    counted = {**summary["Outcomes"], "Failed": summary["Failed"]}
    return int(
        counted != {"Created": lines - failing, "Failed": failing}
        or named != {f"fleet-{number}" for number in wrong}
        or again["status"] != "SUCCEEDED"
        or json.loads(again["output"])["Outcomes"] != {"Created": lines}
    )


def ended(stepfunctions: Any, arn: str) -> dict[str, Any]:
    """Wait until an execution has ended, and return its description; print the counts every minute."""
    started, printed = time.monotonic(), 0
    while (found := stepfunctions.describe_execution(executionArn=arn))["status"] == "RUNNING":
        time.sleep(0.5)
        if time.monotonic() - started > MINUTE * (printed + 1):
            printed += 1
            runs = [run["mapRunArn"] for run in stepfunctions.list_map_runs(executionArn=arn)["mapRuns"]]
            counts = [stepfunctions.describe_map_run(mapRunArn=run)["itemCounts"] for run in runs]
            print(f"{printed} min: {sum(one['succeeded'] for one in counts)} succeeded", flush=True)
    described: dict[str, Any] = found
    return described


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
