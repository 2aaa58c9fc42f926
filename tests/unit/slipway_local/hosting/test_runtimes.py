from __future__ import annotations

from pathlib import Path

import pytest

from slipway_local.hosting.runtimes import Runtime, choose_runtime, repository_of
from slipway_local.ports import ContainerSpec, HostingFailed

REGISTRY = "544295431143.dkr.ecr.ap-southeast-2.amazonaws.com"
OWN = f"{REGISTRY}/my-own:1"


def spec(image: str = OWN, **environment: str) -> ContainerSpec:
    return ContainerSpec("ep", "AllTraffic", "i-1", image, None, environment)


def choose(folder: Path, image: str = OWN, **environment: str) -> Runtime:
    return choose_runtime(spec(image, **environment), folder / "code")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a model directory whose code/ has nothing in it yet."""
    (tmp_path / "code").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("image", "runtime"),
    [
        ("object-detection:latest", Runtime("object-detection", "mxnet")),
        ("object-detection:1", Runtime("object-detection", "mxnet")),
        ("xgboost:1", Runtime("xgboost", "xgboost")),
        ("sagemaker-xgboost:1.7-1", Runtime("xgboost", "xgboost")),
    ],
)
def test_a_built_in_algorithm_serves_its_own_archives(folder: Path, image: str, runtime: Runtime) -> None:
    assert choose(folder, f"{REGISTRY}/{image}") == runtime


PYTORCH = f"{REGISTRY}/huggingface-pytorch-inference:2.1.0-transformers4.37.0-cpu-py310"


@pytest.mark.parametrize(
    ("image", "code", "environment"),
    [
        (OWN, "import numpy", None),
        (f"{REGISTRY}/object-detection:1", "import json", None),
        (PYTORCH, "import torch", "pytorch"),
        (PYTORCH, "from torch.nn import Linear", "pytorch"),
        (PYTORCH, "import numpy", None),
        (PYTORCH, "import onnxruntime", "onnx"),
        (f"{REGISTRY}/sagemaker-xgboost:1.7-1", "import os, xgboost as xgb", "xgboost"),
        (f"{REGISTRY}/mxnet-inference:1.9.0-cpu-py38", "def f():\n    import mxnet", "mxnet"),
        (f"{REGISTRY}/sagemaker-scikit-learn:1.2-1-cpu-py3", "import onnxruntime", "onnx"),
        # On AWS this image has no PyTorch either, and the container says so.
        (f"{REGISTRY}/sagemaker-scikit-learn:1.2-1-cpu-py3", "import torch", None),
        (PYTORCH, "from .torch import x", None),
        (PYTORCH, "import torch)", None),
    ],
)
def test_an_archive_with_a_script_is_served_in_script_mode_with_what_it_imports_of_its_image(
    folder: Path, image: str, code: str, environment: str | None
) -> None:
    (folder / "code" / "inference.py").write_text("import model\n" if environment else code)
    (folder / "code" / "model.py").write_text(code)

    assert choose(folder, image) == Runtime("script-mode", environment)


def test_the_script_may_have_another_name(folder: Path) -> None:
    (folder / "code" / "serve.py").touch()

    assert choose(folder, SAGEMAKER_PROGRAM="serve.py").algorithm == "script-mode"


def test_without_a_script_the_failure_names_what_is_missing(folder: Path) -> None:
    with pytest.raises(HostingFailed, match=r"code/inference\.py"):
        choose(folder)


def test_without_a_script_the_failure_says_what_is_supported_and_how_to_ask_for_a_stand_in(folder: Path) -> None:
    with pytest.raises(HostingFailed) as failure:
        choose(folder)

    assert str(failure.value).startswith(f"The local stack has nothing that serves the image {OWN} for an archive")
    assert "the built-in algorithms object-detection and xgboost" in str(failure.value)
    assert "SLIPWAY_STAND_IN" in str(failure.value)


@pytest.mark.parametrize("value", ["echo", '{"prediction": []}'])
def test_a_stand_in_serves_where_it_is_asked_for_by_name(folder: Path, value: str) -> None:
    assert choose(folder, SLIPWAY_STAND_IN=value) == Runtime("stand-in")


def test_a_stand_in_that_is_neither_is_refused(folder: Path) -> None:
    with pytest.raises(HostingFailed, match=r'must be "echo" or the JSON .*; it is "yes, please"'):
        choose(folder, SLIPWAY_STAND_IN="yes, please")


@pytest.mark.parametrize(
    "image", ["a/b/name", "a/b/name:tag", "a/b/name@sha256:0a", "host:80/name:tag@sha256:0a", "name"]
)
def test_the_repository_is_the_last_part_of_the_name(image: str) -> None:
    assert repository_of(image) == "name"
