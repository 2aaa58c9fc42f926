"""Models of frameworks with an environment of their own, as real processes: XGBoost and ONNX."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import processes
from tests.contract.hosting.runtime_environments import needs
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore, tar_gz

from slipway_local.hosting.environments import PROJECT
from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import Answer, ContainerSpec, Invocation, ModelData

URI = "s3://models/model.tar.gz"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"
# Learns that the answer is the first feature, which is 0 or 1.
TRAIN = """
import sys
import numpy as np
import xgboost
features = np.random.default_rng(1).integers(0, 2, (200, 3)).astype(float)
data = xgboost.DMatrix(features, label=features[:, 0])
xgboost.train({"objective": "binary:logistic", "seed": 1}, data, 20).save_model(sys.argv[1])
"""
# y = x + 1 in ONNX's own format, written down because the package that writes it is not needed to run it.
ADD_ONE = bytes.fromhex(
    "080812003a4a0a100a01780a036f6e65120179220341646412076164645f6f6e652a0f0801100122040000803f42036f6e65"
    "5a0d0a017812080a06080112020a00620d0a017912080a06080112020a0042040a00100d"
)
RUN_ONNX = """
import os
import numpy as np
import onnxruntime
def model_fn(model_dir):
    return onnxruntime.InferenceSession(os.path.join(model_dir, "model.onnx"))
def predict_fn(data, model):
    return model.run(None, {"x": np.asarray(data, dtype=np.float32)})[0]
"""


@pytest.fixture(scope="module")
def booster(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the model file that a training job of the built-in algorithm would have left."""
    file = tmp_path_factory.mktemp("booster") / "xgboost-model"
    processes.run([PROJECT / ".tools/xgboost/bin/python", "-c", TRAIN, file])
    return file.read_bytes()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    """Start a container of an image from the files of its archive; every one is stopped in the end."""
    started: list[Any] = []

    def start(image: str, files: dict[str, bytes | str]) -> Any:
        hosting = ProcessHosting(MemoryStore({URI: tar_gz(files)}), MemoryLogs(), tmp_path, scale=lambda: 0.0)
        started.append(hosting.start(ContainerSpec("ep", "AllTraffic", "i-0123", image, ModelData(URI), {})))
        return started[-1]

    yield start
    for container in started:
        container.stop()


def invoke(container: Any, body: bytes, content_type: str, accept: str | None = None) -> Answer:
    answer = container.invoke(Invocation(body, content_type, accept))
    assert isinstance(answer, Answer)
    return answer


@needs("xgboost")
def test_the_built_in_xgboost_answers_csv_and_libsvm_with_csv_or_json(start: Any, booster: bytes) -> None:
    container = start(XGBOOST, {"xgboost-model": booster})

    by_csv = invoke(container, b"1,0,1\n0,1,1", "text/csv")
    by_libsvm = invoke(container, b"0 0:1 1:0 2:1\n0 0:0 1:1 2:1", "text/libsvm", "application/json")

    first, second = map(float, by_csv.body.split(b","))
    assert (by_csv.content_type, by_libsvm.content_type) == ("text/csv", "application/json")
    assert first > 0.9
    assert second < 0.1
    assert json.loads(by_libsvm.body) == pytest.approx([first, second])


@needs("xgboost")
def test_rows_with_another_number_of_features_are_refused_in_xgboosts_words(start: Any, booster: bytes) -> None:
    answer = invoke(start(XGBOOST, {"xgboost-model": booster}), b"1,0,1,1,1", "text/csv")

    assert answer.status == 400
    assert answer.body.startswith(b"Unable to evaluate payload provided: ")
    assert b"feature" in answer.body.lower()


@needs("xgboost")
def test_a_script_of_an_xgboost_image_has_xgboost(start: Any, booster: bytes) -> None:
    script = """
import os, xgboost
def model_fn(model_dir):
    return xgboost.Booster(model_file=os.path.join(model_dir, "xgboost-model"))
def predict_fn(data, model):
    return model.predict(xgboost.DMatrix(data)).round()
"""
    container = start(XGBOOST, {"xgboost-model": booster, "code/inference.py": script})

    assert json.loads(invoke(container, b"[[1, 0, 1], [0, 0, 1]]", "application/json").body) == [1, 0]


@needs("onnx")
def test_an_archive_with_an_onnx_model_and_a_script_has_onnx_runtime(start: Any) -> None:
    container = start(PYTORCH, {"model.onnx": ADD_ONE, "code/inference.py": RUN_ONNX})

    assert json.loads(invoke(container, b"[1, 2.5]", "application/json").body) == [2.0, 3.5]
