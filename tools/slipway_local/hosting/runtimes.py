"""Which program stands in for an image. This is the one place that decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slipway_local.container.settings import ECHO, STAND_IN
from slipway_local.hosting.failures import no_stand_in, not_supported
from slipway_local.hosting.imports import imported_by
from slipway_local.ports import ContainerSpec

# The built-in algorithms that are served without a script, by the name of their repository, and their environments.
ALGORITHMS = {
    "object-detection": ("object-detection", "mxnet"),
    "xgboost": ("xgboost", "xgboost"),
    "sagemaker-xgboost": ("xgboost", "xgboost"),
}
# What scripts may import in addition to the packages of the project: the images that bring it, by a word of their
# repository's name, the package, and the environment that has it. ONNX Runtime is in no image's name; scripts name it
# in their requirements.txt.
PACKAGES = (
    ("pytorch", "torch", "pytorch"),
    ("xgboost", "xgboost", "xgboost"),
    ("mxnet", "mxnet", "mxnet"),
    ("", "onnxruntime", "onnx"),
)
SCRIPT_MODE = "script-mode"


@dataclass(frozen=True)
class Runtime:
    """What `slipway_local.container` serves the archive as, and in which environment.

    `environment_name` is one of `environments.KINDS`, None for the project's own; `environment` is what the
    container's variables are in addition to SageMaker's.
    """

    algorithm: str
    environment_name: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def choose_runtime(spec: ContainerSpec, submit_directory: Path) -> Runtime:
    """Return script mode for any image whose archive brings a script, or the image's own algorithm.

    A stand-in serves only where the model's Environment asks for it by name, and then whatever the archive brings.
    The script is SAGEMAKER_PROGRAM (inference.py by default) in the submit directory (the archive's code/). Raises
    `HostingFailed` for an image that nothing here can stand in for.
    """
    if STAND_IN in spec.environment:
        return _stand_in(spec.environment[STAND_IN])
    repository = repository_of(spec.image)
    script = spec.environment.get("SAGEMAKER_PROGRAM", "inference.py")
    if (submit_directory / script).is_file():
        return Runtime(SCRIPT_MODE, _environment_of_script(repository, submit_directory))
    if repository in ALGORITHMS:
        return Runtime(*ALGORITHMS[repository])
    raise not_supported(spec, script, " and ".join(sorted({algorithm for algorithm, _ in ALGORITHMS.values()})))


def _stand_in(value: str) -> Runtime:
    try:
        json.loads("null" if value == ECHO else value)
    except ValueError as error:
        raise no_stand_in(value) from error
    return Runtime("stand-in")


def repository_of(image: str) -> str:
    """Return the last part of an image's name, without tag and digest: `object-detection`, `pytorch-inference`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _environment_of_script(repository: str, submit_directory: Path) -> str | None:
    # A script that imports nothing of its framework starts in a third of a second, and downloads nothing.
    imported = imported_by(submit_directory)
    wanted = (name for word, package, name in PACKAGES if word in repository and package in imported)
    return next(wanted, None)
