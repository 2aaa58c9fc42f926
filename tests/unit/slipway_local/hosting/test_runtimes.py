from __future__ import annotations

from pathlib import Path

import pytest

from slipway_local.hosting.environments import Environments
from slipway_local.hosting.runtimes import (
    Runtime,
    choose_runtime,
    family_of,
    repository_of,
    submit_directory_of,
    tag_of,
)
from slipway_local.ports import ContainerSpec, HostingFailed

REGISTRY = "544295431143.dkr.ecr.ap-southeast-2.amazonaws.com"
OWN = f"{REGISTRY}/my-own:1"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a model directory whose code/ has nothing in it yet, on a machine without environments."""
    monkeypatch.setenv("SLIPWAY_CACHE", str(tmp_path / "cache"))
    (tmp_path / "model" / "code").mkdir(parents=True)
    return tmp_path / "model"


def choose(folder: Path, image: str = OWN, **environment: str) -> Runtime:
    spec = ContainerSpec("ep", "AllTraffic", "i-1", image, None, environment)
    return choose_runtime(spec, folder, Environments())


@pytest.mark.parametrize(
    ("image", "family", "environment"),
    [
        ("object-detection:latest", "object-detection", "mxnet"),
        ("sagemaker-scikit-learn:1.2-1-cpu-py3", "sklearn", "sklearn-1.2-1"),
        ("sagemaker-scikit-learn:1.4-2-py312-cpu-py3", "sklearn", "sklearn-1.4-2-py312"),
        ("sagemaker-xgboost:3.0-5", "xgboost", "xgboost-3.0-5"),
        ("huggingface-pytorch-inference:2.0.0-transformers4.28.1-cpu-py310", "huggingface", "huggingface"),
    ],
)
def test_an_image_has_its_family_and_the_environment_of_its_version(
    folder: Path, image: str, family: str, environment: str
) -> None:
    runtime = choose(folder, f"{REGISTRY}/{image}")

    assert (runtime.family, runtime.environment, runtime.warnings) == (family, environment, ())
    assert runtime.stand_in is None


@pytest.mark.parametrize(
    ("image", "environment"),
    [
        ("sagemaker-scikit-learn:0.20.0-cpu-py3", "sklearn"),
        ("xgboost:latest", "xgboost"),
        ("huggingface-pytorch-inference:2.1.0-transformers4.37.0-cpu-py310", "huggingface"),
        ("mxnet-inference:1.9.0-cpu-py38", "toolkit"),
        ("pytorch-inference:2.6.0-cpu-py312", "pytorch"),
    ],
)
def test_a_version_without_an_environment_is_served_by_another_one_with_a_warning(
    folder: Path, image: str, environment: str
) -> None:
    runtime = choose(folder, f"{REGISTRY}/{image}")

    assert (runtime.environment, runtime.stand_in) == (environment, f"slipway.local/{environment}")
    assert "serves in their place" in runtime.warnings[0]


def test_mxnet_is_there_for_scripts_that_import_it(folder: Path) -> None:
    (folder / "code" / "inference.py").write_text("def f():\n    import mxnet\n")

    assert choose(folder, "mxnet-inference:1.9.0-cpu-py38").environment == "mxnet"


@pytest.mark.parametrize(("code", "family"), [("import torch", "pytorch"), ("import numpy", "toolkit")])
def test_without_pytorch_a_script_that_does_not_import_it_is_served_with_a_warning(
    folder: Path, code: str, family: str
) -> None:
    (folder / "code" / "inference.py").write_text(code)

    runtime = choose(folder, "pytorch-inference:2.6.0-cpu-py312")

    assert runtime.family == family
    assert [("`make pytorch`" in line) for line in runtime.warnings] == [family == "toolkit"]


@pytest.mark.parametrize("file", ["code/inference.py", "inference.py", "code/serve.py"])
def test_an_image_of_the_users_own_is_served_by_the_inference_toolkit_where_it_brings_a_program(
    folder: Path, file: str
) -> None:
    (folder / file).touch()
    program = {"SAGEMAKER_PROGRAM": "serve.py"} if file.endswith("serve.py") else {}

    runtime = choose(folder, **program)

    assert (runtime.family, runtime.environment, runtime.stand_in) == ("toolkit", "toolkit", "slipway.local/toolkit")
    assert runtime.warnings[0].startswith("Images are not pulled: ")


def test_without_a_program_the_failure_says_what_is_supported_and_how_to_ask_for_a_stand_in(folder: Path) -> None:
    with pytest.raises(HostingFailed) as failure:
        choose(folder)

    assert str(failure.value).startswith(f"The local stack has nothing that serves the image {OWN} for an archive")
    assert "code/inference.py" in str(failure.value)
    assert "the built-in algorithm object-detection" in str(failure.value)
    assert "SLIPWAY_STAND_IN" in str(failure.value)


@pytest.mark.parametrize("value", ["echo", '{"prediction": []}'])
def test_a_stand_in_serves_where_it_is_asked_for_by_name(folder: Path, value: str) -> None:
    runtime = choose(folder, SLIPWAY_STAND_IN=value)

    assert (runtime.family, runtime.environment, runtime.stand_in) == ("stand-in", None, "slipway.local/stand-in")
    assert runtime.warnings == ("No model is served: a stand-in answers, as SLIPWAY_STAND_IN asks for",)


def test_a_stand_in_that_is_neither_is_refused(folder: Path) -> None:
    with pytest.raises(HostingFailed, match=r'must be "echo" or the JSON .*; it is "yes, please"'):
        choose(folder, SLIPWAY_STAND_IN="yes, please")


@pytest.mark.parametrize(
    ("family", "named", "directory"),
    [
        ("sklearn", None, "/f/code"),
        ("sklearn", "/f/model/code", "/f/model/code"),
        ("xgboost", "s3://bucket/sourcedir.tar.gz", "/f/code"),
        ("toolkit", "/f/model/src", "/f/model/code"),
    ],
)
def test_the_program_is_where_the_familys_server_finds_it(family: str, named: str | None, directory: str) -> None:
    own = {} if named is None else {"SAGEMAKER_SUBMIT_DIRECTORY": named}

    assert submit_directory_of(family, own, Path("/f")) == Path(directory)


@pytest.mark.parametrize(
    "image", ["a/b/name", "a/b/name:tag", "a/b/name@sha256:0a", "host:80/name:tag@sha256:0a", "name"]
)
def test_the_repository_is_the_last_part_of_the_name(image: str) -> None:
    assert repository_of(image) == "name"
    assert family_of(image) is None


@pytest.mark.parametrize(
    ("tag", "version"),
    [("1.2-1-cpu-py3", "1.2-1"), ("1.4-2-py312-cpu-py3", "1.4-2-py312"), ("3.0-5", "3.0-5"), ("1.5-1-arm64", "1.5-1")],
)
def test_the_version_is_the_tag_without_processor_and_python(tag: str, version: str) -> None:
    assert tag_of(f"{REGISTRY}/repository:{tag}") == version
