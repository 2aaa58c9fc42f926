from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore, tar_gz

from slipway_local.hosting.plane import ProcessHosting
from slipway_local.hosting.supervised import SupervisedContainer
from slipway_local.ports import ContainerSpec, ModelData

URI = "s3://models/models/ep/model.tar.gz"
Start = Callable[..., SupervisedContainer]
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
TOOLKIT = "an-image-of-the-users-own:1"
# As the workflow sets them for an archive that brings code/inference.py.
PROGRAM = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}


@pytest.fixture
def logs() -> MemoryLogs:
    return MemoryLogs()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "containers"


@pytest.fixture
def start(logs: MemoryLogs, folder: Path) -> Iterator[Start]:
    """Start a container from the files of its archive, or from its bytes; every one is stopped in the end."""
    started: list[SupervisedContainer] = []

    def start(
        archive: dict[str, bytes | str] | bytes, wait: float = 120.0, image: str = SKLEARN, **environment: str
    ) -> SupervisedContainer:
        content = archive if isinstance(archive, bytes) else tar_gz(archive)
        store = MemoryStore({URI: content})
        hosting = ProcessHosting(store, logs, folder, scale=lambda: 0.0, min_wait=wait)
        spec = ContainerSpec("ep", "AllTraffic", "i-0123", image, ModelData(URI), {**PROGRAM, **environment})
        started.append(hosting.start(spec))
        return started[-1]

    yield start
    for container in started:
        container.stop()
