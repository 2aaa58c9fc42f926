"""What `resolve_image` refuses, and that every refusal says what would be valid."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from slipway.images import errors, resolve_image
from slipway.images.errors import (
    BaseFrameworkVersionUnknown,
    FrameworkUnknown,
    FrameworkVersionUnknown,
    ImageRefused,
    InstanceTypeWithoutImage,
    PyVersionUnknown,
    RegionWithoutImage,
)

M5, G5 = "ml.m5.xlarge", "ml.g5.xlarge"


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("objct-detection",), FrameworkUnknown, "did you mean object-detection?"),
        (("../catalogue/kmeans",), FrameworkUnknown, "image --list` have all names"),
        (("",), FrameworkUnknown, "image --list` have all names"),
        (("clarify",), FrameworkUnknown, "has no inference image"),
        (("pytorch", "9.9", M5), FrameworkVersionUnknown, "the newest are 2.6.0, 2.5.1"),
        (("pytorch", "2.61", M5), FrameworkVersionUnknown, "the nearest are 2.6"),
        (("pytorch", "latest", M5), FrameworkVersionUnknown, "the newest are 2.6.0"),
        (("object-detection", "3"), FrameworkVersionUnknown, "the newest are 1 or latest"),
        (("mxnet", "1.4.1", M5), PyVersionUnknown, "PyVersion is needed for mxnet 1.4.1: write py2 or py3"),
        (("pytorch", "2.6.0", M5, "py39"), PyVersionUnknown, "'py39' is not one for pytorch 2.6.0: write py312"),
        (("pytorch",), InstanceTypeWithoutImage, "pytorch 2.6.0 has images for cpu, gpu or graviton"),
        (("pytorch", None, "ml.inf2.xlarge"), InstanceTypeWithoutImage, "which runs on cpu, gpu, graviton or p4d"),
        (("pytorch", None, "m5.xlarge"), InstanceTypeWithoutImage, "write it like ml.m5.xlarge"),
        (("huggingface-llm", None, M5), InstanceTypeWithoutImage, "which runs on gpu"),
        (("kmeans", "1", "ml.c7g.large"), InstanceTypeWithoutImage, "runs on cpu, gpu or inf"),
        (
            ("tensorflow", "2.20.0", "ml.c7g.large"),
            InstanceTypeWithoutImage,
            "which runs on cpu or gpu; FrameworkVersion 2.16.1,",
        ),
        (
            ("huggingface-vllm-neuronx", None, "ml.trn1.2xlarge"),
            InstanceTypeWithoutImage,
            "huggingface-vllm-neuronx",
        ),
        (("huggingface", "4.28", G5), BaseFrameworkVersionUnknown, "write pytorch2.0 or pytorch2.0.0"),
        (
            ("huggingface", "4.28", G5, None, "pytorch9"),
            BaseFrameworkVersionUnknown,
            "'pytorch9' is not one for huggingface 4.28",
        ),
    ],
)
def test_a_refusal_names_the_field_and_what_would_be_valid(
    arguments: tuple[str | None, ...], error: type[ImageRefused], says: str
) -> None:
    framework, *others = arguments
    names = ("version", "instance_type", "py_version", "base_framework_version")

    with pytest.raises(error) as refusal:
        resolve_image(str(framework), "us-east-1", **dict(zip(names, others, strict=False)))  # type: ignore[arg-type]

    message = str(refusal.value)
    assert says in message
    assert "\n" not in message
    assert message.startswith(("Framework", "PyVersion", "BaseFrameworkVersion", "InstanceType"))


def test_a_region_without_a_registry_is_refused_with_those_of_its_area() -> None:
    with pytest.raises(RegionWithoutImage, match=r"'ap-southeast-5' has no .* object-detection 1: it is in ap-east-1,"):
        resolve_image("object-detection", "ap-southeast-5")


def test_a_region_without_neighbours_is_refused_with_the_number_of_others() -> None:
    with pytest.raises(RegionWithoutImage, match=r"it is in 37 others, such as .* an ImageUri of your own"):
        resolve_image("object-detection", "mx-central-1")


def test_a_region_with_another_version_is_refused_with_that_version() -> None:
    with pytest.raises(RegionWithoutImage, match=r"with djl-neuronx 0\.24\.0: FrameworkVersion 0\.29\.0.* is"):
        resolve_image("djl-neuronx", "eu-north-1", "0.24.0", "ml.inf2.xlarge")


def test_serverless_hosting_of_a_version_that_only_runs_on_graviton_is_refused() -> None:
    with pytest.raises(
        InstanceTypeWithoutImage, match=r"ServerlessConfig has no image of pytorch 2\.2\.1, which runs on graviton"
    ):
        resolve_image("pytorch", "us-east-1", "2.2.1", serverless=True)


def test_the_guide_lists_every_refusal_and_no_other() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "images.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\w+) \|", guide.partition("## Errors")[2], re.MULTILINE)

    names = [name for name, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__]
    assert sorted(listed) == sorted({"error", *names} - {"ImageRefused"})
