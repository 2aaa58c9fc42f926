"""Which family of containers, and which environment, stand for an image. This is the one place that decides."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway_local.containers.settings import ECHO, STAND_IN
from slipway_local.hosting.environments import Environments
from slipway_local.hosting.failures import no_stand_in, not_supported
from slipway_local.hosting.imports import imported_by
from slipway_local.ports import ContainerSpec

# Repositories by their family. Others are taken for images that users build with the toolkit.
FAMILIES = (
    (re.compile(r"sagemaker-scikit-learn"), "sklearn"),
    (re.compile(r"(sagemaker-)?xgboost"), "xgboost"),
    (re.compile(r"huggingface-(pytorch|tensorflow)-inference.*"), "huggingface"),
    (re.compile(r"(sagemaker-)?pytorch(-inference.*)?"), "pytorch"),
    (re.compile(r"(sagemaker-)?mxnet(-serving|-inference)?.*"), "mxnet"),
    (re.compile(r"object-detection"), "object-detection"),
    (re.compile(r"(huggingface-)?(vllm|sglang|llama-?cpp).*"), "openai"),
    (re.compile(r"djl-inference"), "lmi"),
    (re.compile(r"huggingface-pytorch-tgi-inference"), "tgi"),
    (re.compile(r"tei(-cpu)?"), "tei"),
)
LANGUAGE_MODELS = ("openai", "lmi", "tgi", "tei")
# The registry of what is not the image that was asked for, in DescribeEndpoint's ResolvedImage.
LOCAL_REGISTRY = "slipway.local"
NOT_PULLED = "Images are not pulled: SageMaker's inference toolkit serves the program in the place of this one"
NO_LANGUAGE_MODEL = "A stand-in answers in the server's form, and loads no model: language models are not run here"
# The images whose server takes the program from SAGEMAKER_SUBMIT_DIRECTORY; the others' is in the archive's code/.
BY_SUBMIT_DIRECTORY = ("sklearn", "xgboost")
TAG = re.compile(r"^(.+?)(-arm64)?(-cpu(-py\d+)?)?$")


@dataclass(frozen=True)
class Runtime:
    """What `slipway_local.containers` runs, in which environment, and in which other one where that cannot be made.

    None is the project's own environment. `warnings` say how what serves here differs from the image.
    """

    family: str
    environment: str | None
    instead: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def stand_in(self) -> str | None:
        """The repository of what serves, as DescribeEndpoint names it; None where it is what the image has."""
        return f"{LOCAL_REGISTRY}/{self.environment or self.family}" if self.warnings else None


def choose_runtime(spec: ContainerSpec, model_dir: Path, environments: Environments) -> Runtime:
    """Return what serves an image.

    A stand-in serves only where the model's Environment asks for it by name, and then whatever the archive brings.
    Raises `HostingFailed` for an image that nothing here can stand for.
    """
    if STAND_IN in spec.environment:
        return _stand_in(spec.environment[STAND_IN])
    family = family_of(spec.image)
    if family is None:
        return _own_image(spec, model_dir)
    if family in LANGUAGE_MODELS:
        return Runtime(family, None, warnings=(NO_LANGUAGE_MODEL,))
    if family in BY_SUBMIT_DIRECTORY:
        return _versioned(family, tag_of(spec.image), environments)
    return {
        "object-detection": lambda: Runtime("object-detection", "mxnet"),
        "huggingface": lambda: _of_tag("huggingface", "huggingface", spec.image, environments),
        "pytorch": lambda: _pytorch(spec.image, model_dir, environments),
        "mxnet": lambda: _mxnet(spec.image, model_dir, environments),
    }[family]()


def submit_directory_of(family: str, own: Mapping[str, str], folder: Path) -> Path:
    """Return the folder of the user's program, which the server of this family uses."""
    named = own.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    if family not in BY_SUBMIT_DIRECTORY:
        return folder / "model" / "code"
    if not named or named.startswith("s3://"):
        return folder / "code"
    return Path(named)


def family_of(image: str) -> str | None:
    """Return the family of an image by its repository's name; None for an image of the user's own."""
    return next((family for pattern, family in FAMILIES if pattern.fullmatch(repository_of(image))), None)


def repository_of(image: str) -> str:
    """Return the last part of an image's name, without tag and digest: `object-detection`, `pytorch-inference`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def tag_of(image: str) -> str:
    """Return an image's version: `1.2-1` of `sagemaker-scikit-learn:1.2-1-cpu-py3`."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    matched = TAG.match(tag)
    return matched[1] if matched else tag


def _stand_in(value: str) -> Runtime:
    try:
        json.loads("null" if value == ECHO else value)
    except ValueError as error:
        raise no_stand_in(value) from error
    return Runtime("stand-in", None, warnings=(f"No model is served: a stand-in answers, as {STAND_IN} asks for",))


def _own_image(spec: ContainerSpec, model_dir: Path) -> Runtime:
    program = spec.environment.get("SAGEMAKER_PROGRAM", "inference.py")
    if not any((model_dir / folder / program).is_file() for folder in ("code", ".")):
        raise not_supported(spec, program)
    return Runtime("toolkit", "toolkit", warnings=(NOT_PULLED,))


def _versioned(family: str, version: str, environments: Environments) -> Runtime:
    name = f"{family}-{version}"
    if environments.has(name):
        return Runtime(family, name, instead=family)
    return Runtime(family, family, warnings=(other_version(name, environments.describe(family).brings),))


def _of_tag(family: str, environment: str, image: str, environments: Environments) -> Runtime:
    """Return what serves every version of an image with one environment, with a warning for those that have others."""
    known = environments.describe(environment)
    if known.tag and known.tag in tag_of(image):
        return Runtime(family, environment)
    other = other_version(f"{repository_of(image)}:{tag_of(image)}", known.brings)
    return Runtime(family, environment, warnings=(other,))


def _mxnet(image: str, model_dir: Path, environments: Environments) -> Runtime:
    return _of_tag("toolkit", "mxnet" if "mxnet" in imported_by(model_dir) else "toolkit", image, environments)


def _pytorch(image: str, model_dir: Path, environments: Environments) -> Runtime:
    # TorchServe's Python half imports torch itself, also where the model does not.
    if environments.is_made("pytorch") or "torch" in imported_by(model_dir) or not _has_script(model_dir):
        return _of_tag("pytorch", "pytorch", image, environments)
    return Runtime(
        "toolkit",
        "toolkit",
        warnings=(
            "PyTorch is not installed here: the script, which does not import it, is served by the inference toolkit "
            "alone. The image's answers to what its own handler decodes and encodes may differ; `make pytorch` "
            "installs it",
        ),
    )


def _has_script(model_dir: Path) -> bool:
    return any(model_dir.glob("code/*.py")) or any(model_dir.glob("*.py"))


def other_version(name: str, brings: str) -> str:
    """Return the warning that an image's version is not what serves."""
    return f"The packages of {name} are not known or cannot be installed here: {brings} serves in their place"
