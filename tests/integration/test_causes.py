"""Each cause, produced for real by a container or ordered of the local SageMaker, is reported under its name."""

from __future__ import annotations

import random
import time
from contextlib import suppress

import pytest

from tests.fakes.archives import tar_gz
from tests.integration import archives
from tests.integration.control import order
from tests.integration.deployments import Account, Ended, endpoint_name

NOTHING: dict[str, list[str]] = {"Models": [], "EndpointConfigs": [], "Endpoints": []}

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


def deploy(account: Account, name: str, content: bytes, **fields: object) -> Ended:
    """Deploy an archive under a new name, and return how that ended."""
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", content)
    hosting = {"Framework": "sklearn", "InstanceType": "ml.m5.large"}
    return account.run({"EndpointName": name, "ModelDataUrl": uri, **hosting, **fields})


@pytest.mark.parametrize(
    ("code", "cause", "words"),
    [
        ("import torch_of_tomorrow\n", "ContainerImportError", "torch_of_tomorrow"),
        ("raise SystemExit('no weights for me')\n", "ContainerFailedPing", "no weights for me"),
        ("1 / 0\n", "ModelCodeFailed", "ZeroDivisionError: division by zero"),
        (FILLS_MEMORY, "ContainerOutOfMemory", "MemoryError"),
    ],
    ids=["missing import", "exits", "its own code", "fills its memory"],
)
def test_a_container_that_fails_is_explained_by_its_own_words(
    account: Account, code: str, cause: str, words: str
) -> None:
    name = endpoint_name("cause")
    ended = deploy(
        account,
        name,
        tar_gz({"code/inference.py": code.encode()}),
        Environment={"SLIPWAY_CONTAINER_MEMORY_MIB": "512"},
    )
    assert ended.error == cause
    assert any(words in line for line in ended.cause["LogTail"]), ended.cause["LogTail"]
    assert ended.cause["Hint"]
    assert account.made_for(name) == NOTHING


def test_an_update_is_explained_by_the_new_container_while_the_old_one_is_pinged(account: Account) -> None:
    name = endpoint_name("pinged")
    serving = tar_gz(
        {"code/inference.py": (PINGED + archives.ANSWERING_CODE).encode(), "weights.json": b'{"factor": 1}'}
    )
    assert deploy(account, name, serving).output["Outcome"] == "Created"

    ended = deploy(account, name, tar_gz({"code/inference.py": b"import torch_of_tomorrow\n"}))

    assert ended.error == "ContainerImportError", ended.cause
    assert "torch_of_tomorrow" in ended.cause["LogTail"][-1]
    assert not [line for line in ended.cause["LogTail"] if "GET /ping" in line]


def test_an_asynchronous_endpoint_is_explained_by_its_container_and_not_by_its_queue(account: Account) -> None:
    name = endpoint_name("queue")
    uri = account.upload(f"elsewhere/{name}/model.tar.gz", tar_gz({"code/inference.py": b"import torch_of_tomorrow\n"}))
    output = {"S3OutputPath": f"s3://{account.description.model_bucket}/inference/{name}"}
    arn = account.start(
        {
            "EndpointName": name,
            "ModelDataUrl": uri,
            "Framework": "sklearn",
            "InstanceType": "ml.m5.large",
            "AsyncInferenceConfig": {"OutputConfig": output},
        }
    )
    # SageMaker writes there what it waits for, later than the container wrote its last line.
    where = {"logGroupName": f"/aws/sagemaker/Endpoints/{name}", "logStreamName": "AllTraffic/i-0/data-log"}
    logs = account.stack.client("logs")
    with suppress(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=where["logGroupName"])
    logs.create_log_stream(**where)
    later = int(time.time() * 1000) + 60_000
    logs.put_log_events(**where, logEvents=[{"timestamp": later, "message": "[sagemaker logs] waiting"}])

    ended = account.end_of(arn)

    assert ended.error == "ContainerImportError", ended.cause
    assert "torch_of_tomorrow" in ended.cause["LogTail"][-1]


def test_a_cause_behind_two_hundred_failed_pings_is_found_and_shown(account: Account) -> None:
    name = endpoint_name("scrolled")

    ended = deploy(account, name, tar_gz({"code/inference.py": SCROLLS_OUT.encode()}))

    assert ended.error == "ContainerImportError", ended.cause
    assert ended.cause["Message"].startswith(
        "ModuleNotFoundError: No module named 'torch_of_tomorrow' (code/inference.py:"
    )
    assert any(line.startswith("Traceback") for line in ended.cause["LogTail"])


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"Fault": "NoCapacity"}, "CapacityUnavailable"),
        ({"Fault": "PingFailed"}, "ContainerFailedPing"),
        ({"Fault": "PingFailed", "Message": "The image 'digits:1' does not exist."}, "ImageNotFound"),
    ],
    ids=["no capacity", "ping", "image"],
)
def test_a_fault_of_sagemaker_is_explained(account: Account, fault: dict[str, str], cause: str) -> None:
    name = endpoint_name("fault")
    order(account, EndpointName=name, **fault)
    ended = deploy(account, name, archives.answering(1))
    assert ended.error == cause
    assert account.made_for(name) == NOTHING


def test_an_archive_that_breaks_off_beyond_what_is_inspected_is_corrupt(account: Account) -> None:
    name = endpoint_name("cut-off")
    weights = random.Random(7).randbytes(70 * 1024**2)  # 64 MiB are looked at; random bytes do not compress
    whole = archives.answering(1, **{"weights.bin": weights})
    ended = deploy(account, name, whole[: len(whole) - 1024**2])
    assert ended.error == "ArtifactCorrupt", ended
    assert account.made_for(name) == NOTHING


def test_a_silent_rollback_is_no_success(account: Account) -> None:
    name = endpoint_name("silent")
    first = deploy(account, name, archives.answering(1))
    order(account, Fault="SilentRollback", EndpointName=name)
    ended = deploy(account, name, archives.answering(2))
    assert (first.output["Outcome"], ended.error) == ("Created", "DeploymentRolledBack")
    assert account.invoke(name, [1])["factor"] == 1
    assert account.made_for(name)["EndpointConfigs"] == [first.output["EndpointConfigName"]]


def test_an_endpoint_found_failed_is_deleted_and_created_again(account: Account) -> None:
    name = endpoint_name("found-failed")
    uri = account.upload(f"failing/{name}/model.tar.gz", archives.crashing())
    role = account.description.outputs["ExecutionRoleArn"]
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    container = {"Image": image, "ModelDataUrl": uri}
    account.sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {"VariantName": "v", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    account.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    account.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
    ended = deploy(account, name, archives.answering(4))
    assert ended.output["Outcome"] == "Created", ended
    assert account.invoke(name, [1])["factor"] == 4


@pytest.mark.parametrize("fault", ["Throttle", "InternalFailure", "ResponseLost"])
def test_a_transient_fault_of_every_creation_is_survived(account: Account, fault: str) -> None:
    name = endpoint_name("transient")
    for operation in ("CreateModel", "CreateEndpointConfig", "CreateEndpoint"):
        order(account, Fault=fault, Operation=operation, Count=1)
    ended = deploy(account, name, archives.answering(5))
    assert ended.output.get("Outcome") == "Created", ended
    made = account.made_for(name)
    assert [len(names) for names in made.values()] == [1, 1, 1]
