"""Each cause, produced for real by a container or ordered of the local SageMaker, is reported under its name."""

from __future__ import annotations

import random

import pytest

from tests.fakes.archives import tar_gz
from tests.integration import archives
from tests.integration.control import order
from tests.integration.deployments import Account, Ended, endpoint_name

NOTHING: dict[str, list[str]] = {"Models": [], "EndpointConfigs": [], "Endpoints": []}

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
        (FILLS_MEMORY, "ContainerOutOfMemory", "MemoryError"),
    ],
    ids=["missing import", "exits", "fills its memory"],
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
