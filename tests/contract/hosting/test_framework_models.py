"""Models that meet the packages of their image's version, as real processes."""

from __future__ import annotations

import json
import sys

import pytest
from tests import processes
from tests.contract.hosting.conftest import Start
from tests.contract.hosting.runtime_environments import needs
from tests.unit.slipway_local.hosting.doubles import MemoryLogs

from slipway.failure.container_log import read_log
from slipway.failure.find_cause import find_cause
from slipway_local.ports import HostingFailed, Invocation

OLD = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
# scikit-learn is imported by this process's children only: workers import every module of tests.
TRAIN = """
import pickle, sys
from pathlib import Path
from sklearn.linear_model import LinearRegression
Path(sys.argv[1]).write_bytes(pickle.dumps(LinearRegression().fit([[1.0, 0.0], [0.0, 1.0]], [1.0, 2.0])))
"""
SCRIPT = """
import pickle
from pathlib import Path
import pandas
from sagemaker_containers.beta.framework import encoders, worker
from sagemaker_inference import decoder, encoder
def model_fn(model_dir):
    return pickle.loads((Path(model_dir) / "model.pkl").read_bytes())
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes | str]:
    """Return a model pickled by this project's scikit-learn, which is newer than 1.2-1's, and its script."""
    file = tmp_path_factory.mktemp("model") / "model.pkl"
    processes.run([sys.executable, "-c", TRAIN, file])
    return {"model.pkl": file.read_bytes(), "code/inference.py": SCRIPT}


def test_a_script_has_what_its_image_brings(start: Start, archive: dict[str, bytes | str]) -> None:
    answer = start(archive).invoke(Invocation(b"[[1, 0]]", "application/json"))

    assert json.loads(answer.body) == pytest.approx([1.0])


@needs("sklearn-1.2-1")
def test_a_model_of_a_newer_scikit_learn_fails_in_an_older_image_as_it_does_there(
    start: Start, logs: MemoryLogs, archive: dict[str, bytes | str]
) -> None:
    with pytest.raises(HostingFailed, match="ping health check"):
        start(archive, image=OLD)

    assert "ModuleNotFoundError: No module named 'numpy._core'" in logs.lines
    found = find_cause(read_log(logs.lines))
    assert found
    assert found.name == "VersionMismatch"
