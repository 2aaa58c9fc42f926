"""The local stack under load: a burst of uploads at 256 open files, or one large archive.

    python bench/local_load.py burst UPLOADS ENDPOINTS
    python bench/local_load.py archive MIB

`burst` uploads different archives to the endpoints in random order, eight at once, and ends with 1 unless every
deployment has a named end, each endpoint serves the newest archive, and nothing else is left. `archive` uploads one
that no compression makes smaller, deploys it, and downloads it again. Both print the most resident memory and open
files that were seen; the memory that processes share counts for each of them.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import tarfile
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import psutil

from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import free_port
from slipway_local.stack.local_stack import Layout, LocalStack

ROOT = Path(__file__).parents[1]
MIB = 1024 * 1024
OPEN_FILES = 256  # what a shell on macOS gives
LIMIT = 1800.0  # seconds until every deployment has ended
CODE = """def model_fn(folder): ...
def transform_fn(model, body, content_type, accept): return "{answer}", "text/plain"
"""


def main(kind: str, *numbers: int) -> int:
    """Start a stack, run one load, and print."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))
    # Waits are short in a burst; the hour that SageMaker has for a download is six minutes for an archive.
    scale = {"burst": 0.001, "archive": 0.1}[kind]
    settings = EngineSettings(port=free_port(), creation_seconds=0.0, clock_scale=scale)
    with LocalStack(Layout(ROOT, ROOT / ".local" / "bench-load"), settings) as stack, usage(stack.engine.pid):
        return burst(stack, *numbers) if kind == "burst" else archive(stack, *numbers)


def burst(stack: LocalStack, uploads: int, endpoints: int) -> int:
    """Upload in a burst; return 0 where everything ended as it should."""
    names = [f"burst-{number}" for number in range(endpoints)]
    plan = [names[number % endpoints] for number in range(uploads)]
    Random(1).shuffle(plan)  # the same order every time
    newest: dict[str, int] = {}
    locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def upload(number: int, name: str) -> None:
        with locks[name]:
            body = packed({"code/inference.py": CODE.format(answer=number).encode()})
            stack.client("s3").put_object(
                Bucket=stack.description.model_bucket, Key=f"models/{name}/model.tar.gz", Body=body
            )
            newest[name] = number

    started = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(upload, range(uploads), plan))
    print(f"{uploads} uploads                  {time.perf_counter() - started:8.1f} s", flush=True)
    ends = ended(stack, uploads, started)
    print(f"all ended after               {time.perf_counter() - started:8.1f} s   {dict(ends)}", flush=True)
    serving = sum(answer(stack, name) == str(newest[name]) for name in names)
    left = leftovers(stack)
    print(f"serve the newest              {serving:8} of {endpoints}; left over: {left}")
    return int(serving < endpoints or bool(left) or any("." in end or end == "None" for end in ends))


def ended(stack: LocalStack, expected: int, started: float) -> Counter[str]:
    """Wait until so many executions have ended, and count their outcomes and error names."""
    stepfunctions, arn = stack.client("stepfunctions"), stack.description.state_machine_arn
    pages = stepfunctions.get_paginator("list_executions")
    while True:
        found = [each for page in pages.paginate(stateMachineArn=arn) for each in page["executions"]]
        if len(found) >= expected and all(each["status"] != "RUNNING" for each in found):
            break
        if time.perf_counter() - started > LIMIT:
            raise SystemExit(f"not ended: {Counter(each['status'] for each in found)}")
        time.sleep(2)
    described = (stepfunctions.describe_execution(executionArn=each["executionArn"]) for each in found)
    return Counter(json.loads(each["output"]).get("Outcome", each.get("error")) for each in described)


def answer(stack: LocalStack, name: str) -> str:
    """Return what an endpoint answers."""
    runtime = stack.client("sagemaker-runtime")
    body = runtime.invoke_endpoint(EndpointName=name, Body=b"x", ContentType="text/plain")["Body"]
    return str(body.read().decode())


def leftovers(stack: LocalStack) -> list[str]:
    """Return configurations that never served, models without a configuration and copies without a model."""
    sagemaker, bucket = stack.client("sagemaker"), stack.description.model_bucket
    configs = listed(sagemaker, "list_endpoint_configs", "EndpointConfigs")
    models = {each["ModelName"]: each["ModelArn"] for each in listed(sagemaker, "list_models", "Models")}
    tags = {each["EndpointConfigName"]: sagemaker.list_tags(ResourceArn=each["EndpointConfigArn"]) for each in configs}
    unserved = [name for name, found in tags.items() if "slipway:in-service-at" not in json.dumps(found)]
    described = [sagemaker.describe_endpoint_config(EndpointConfigName=name) for name in tags]
    used = {variant["ModelName"] for each in described for variant in each["ProductionVariants"]}
    data = json.dumps([sagemaker.describe_model(ModelName=name)["PrimaryContainer"] for name in models])
    copies = listed(stack.client("s3"), "list_objects_v2", "Contents", Bucket=bucket, Prefix="deployed/")
    return [*unserved, *(models.keys() - used), *(each["Key"] for each in copies if each["Key"] not in data)]


def listed(client: Any, operation: str, member: str, **parameters: str) -> list[dict[str, Any]]:
    """Return what all pages hold."""
    pages = client.get_paginator(operation).paginate(**parameters)
    return [each for page in pages for each in page.get(member, [])]


def archive(stack: LocalStack, mib: int) -> int:
    """Upload, deploy, invoke and download an archive of so many MiB; return 0 where it serves."""
    s3, bucket = stack.client("s3"), stack.description.model_bucket
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar.gz"
        pack_large(path, mib)
        started = time.perf_counter()
        s3.upload_file(str(path), bucket, "models/large/model.tar.gz")
        print(
            f"uploaded {path.stat().st_size / MIB:.0f} MiB             {time.perf_counter() - started:8.1f} s",
            flush=True,
        )
        ends = ended(stack, 1, started)
        print(f"deployed after                {time.perf_counter() - started:8.1f} s   {dict(ends)}", flush=True)
        serves = answer(stack, "large") == "large"
        s3.download_file(bucket, "models/large/model.tar.gz", f"{path}.again")
        print(f"downloaded after              {time.perf_counter() - started:8.1f} s   answers: {serves}", flush=True)
    return int(not serves)


def pack_large(path: Path, mib: int) -> None:
    """Write an archive with a file of random bytes."""
    with tempfile.NamedTemporaryFile() as weights, tarfile.open(path, "w:gz", compresslevel=0) as tar:
        for _ in range(mib):
            weights.write(os.urandom(MIB))
        weights.flush()
        add(tar, "code/inference.py", CODE.format(answer="large").encode())
        tar.add(weights.name, "weights.bin")


def packed(files: dict[str, bytes]) -> bytes:
    """Return an archive."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as tar:
        for name, content in files.items():
            add(tar, name, content)
    return body.getvalue()


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


@contextmanager
def usage(pid: int) -> Iterator[None]:
    """Sample the engine and the processes below it, and print the most that was seen."""
    done, most = threading.Event(), Counter[str]()

    def sample() -> None:
        engine = psutil.Process(pid)
        while not done.wait(0.2):
            sizes = {each.pid: size(each) for each in [engine, *engine.children(recursive=True)]}
            most["MiB of the engine"] = max(most["MiB of the engine"], sizes[pid] // MIB)
            most["MiB of all processes"] = max(most["MiB of all processes"], sum(sizes.values()) // MIB)
            most["processes"] = max(most["processes"], len(sizes))
            most["open files of the engine"] = max(most["open files of the engine"], engine.num_fds())

    sampling = threading.Thread(target=sample)
    sampling.start()
    try:
        yield
    finally:
        done.set()
        sampling.join()
        print(*(f"{name:30}{number:8}" for name, number in most.items()), sep="\n", flush=True)


def size(process: psutil.Process) -> int:
    """Return a process's resident memory, 0 for one that has ended."""
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:])))
