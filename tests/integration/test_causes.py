"""Causes that a container or the local SageMaker really produces are reported under their names."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from slipway_cli.sdk.executions import Execution
from tests.fakes.archives import tar_gz
from tests.integration import archives
from tests.integration.control import order
from tests.integration.deployments import NOTHING, Account, endpoint_name
from tests.integration.test_deploy_endpoint import hosting

# As the access log of a container that serves, beside a container that fails.
PINGED = """
import threading, time

def _log_pings():
    while True:
        print('169.254.178.2 - - "GET /ping HTTP/1.1" 200 1 "-" "AHC/2.0"', flush=True)
        time.sleep(0.2)

threading.Thread(target=_log_pings, daemon=True).start()
"""
SCROLLS_OUT = """
import os, traceback

try:
    import torch_of_tomorrow
except ImportError:
    traceback.print_exc()
for _ in range(200):
    print('[error] 11#11: *1 connect() to unix:/tmp/gunicorn.sock failed (111: refused) while connecting to upstream')
    print('"GET /ping HTTP/1.1" 502 173 "-" "AHC/2.0"', flush=True)
os._exit(1)
"""
FILLS_MEMORY = """
def model_fn(model_dir):
    return [bytearray(1 << 24) for _ in range(1 << 10)]
"""
CODE = {
    "ContainerFailedPing": ("raise SystemExit('no weights for me')\n", "no weights for me"),
    "ModelCodeFailed": ("1 / 0\n", "ZeroDivisionError: division by zero"),
    "ContainerOutOfMemory": (FILLS_MEMORY, "MemoryError"),
    "CapacityUnavailable": (archives.ANSWERING_CODE, ""),
}


def deploy(account: Account, name: str, content: bytes) -> Execution:
    """Deploy an archive, and return how that ended."""
    return account.run(hosting(name, account.upload(f"elsewhere/{name}/model.tar.gz", content), "sklearn"))


def test_a_deployment_that_fails_is_explained_and_removed(account: Account) -> None:
    names = {cause: endpoint_name("cause") for cause in CODE}
    order(account, EndpointName=names["CapacityUnavailable"], Fault="NoCapacity")
    started = {}
    for cause, name in names.items():
        uri = account.upload(f"elsewhere/{name}/model.tar.gz", tar_gz({"code/inference.py": CODE[cause][0].encode()}))
        small = {"Environment": {"SLIPWAY_CONTAINER_MEMORY_MIB": "512"}}
        started[cause] = account.start(hosting(name, uri, "sklearn") | small)

    ended = {cause: account.end_of(arn) for cause, arn in started.items()}

    assert {cause: one.error for cause, one in ended.items()} == {cause: cause for cause in CODE}
    for cause, name in names.items():
        assert CODE[cause][1] in "\n".join(ended[cause].explanation["LogTail"])
        assert ended[cause].explanation["Hint"]
        assert account.made_for(name) == NOTHING
        copies = account.s3.list_objects_v2(Bucket=account.description.model_bucket, Prefix=f"deployed/{name}")
        assert copies["KeyCount"] == 0


def test_an_update_is_explained_by_the_new_container_while_the_old_one_is_pinged(account: Account) -> None:
    name = endpoint_name("pinged")
    serving = tar_gz(
        {"code/inference.py": (PINGED + archives.ANSWERING_CODE).encode(), "weights.json": b'{"factor": 1}'}
    )
    assert deploy(account, name, serving).output["Outcome"] == "Created"

    ended = deploy(account, name, tar_gz({"code/inference.py": b"import torch_of_tomorrow\n"}))

    assert ended.error == "ContainerImportError", ended.explanation
    assert any("torch_of_tomorrow" in line for line in ended.explanation["LogTail"])
    assert not [line for line in ended.explanation["LogTail"] if "GET /ping" in line]
    account.delete(name)  # its log grows as long as it serves


def test_an_asynchronous_endpoint_is_explained_by_its_container_and_not_by_its_queue(account: Account) -> None:
    name = endpoint_name("queue")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", tar_gz({"code/inference.py": b"import torch_of_tomorrow\n"}))
    output = {"S3OutputPath": f"s3://{account.description.model_bucket}/inference/{name}"}
    arn = account.start(hosting(name, uri, "sklearn") | {"AsyncInferenceConfig": {"OutputConfig": output}})
    # SageMaker writes there what it waits for, later than the container wrote its last line.
    where = {"logGroupName": f"/aws/sagemaker/Endpoints/{name}", "logStreamName": "AllTraffic/i-0/data-log"}
    logs = account.client("logs")
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=where["logGroupName"])
    logs.create_log_stream(**where)
    later = int(time.time() * 1000) + 60_000
    logs.put_log_events(**where, logEvents=[{"timestamp": later, "message": "[sagemaker logs] waiting"}])

    ended = account.end_of(arn)

    assert ended.error == "ContainerImportError", ended.explanation
    assert any("torch_of_tomorrow" in line for line in ended.explanation["LogTail"])


def test_a_cause_behind_two_hundred_failed_pings_is_found_and_shown(account: Account) -> None:
    name = endpoint_name("scrolled")

    ended = deploy(account, name, tar_gz({"code/inference.py": SCROLLS_OUT.encode()}))

    assert ended.error == "ContainerImportError", ended.explanation
    assert ended.explanation["Message"].startswith(
        "ModuleNotFoundError: No module named 'torch_of_tomorrow' (code/inference.py:"
    )
    assert any(line.startswith("Traceback") for line in ended.explanation["LogTail"])


@pytest.mark.alone
def test_a_lost_response_of_every_creation_is_survived(account: Account) -> None:
    name = endpoint_name("transient")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", archives.answering(5))
    for operation in ("CreateModel", "CreateEndpointConfig", "CreateEndpoint"):
        order(account, Fault="ResponseLost", Operation=operation, Count=1)

    assert account.deploy(hosting(name, uri))["Outcome"] == "Created"

    assert [len(names) for names in account.made_for(name).values()] == [1, 1, 1]
