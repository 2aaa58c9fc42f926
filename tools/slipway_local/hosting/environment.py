"""The environment of a container: SageMaker's variables and the model's, nothing of the engine's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import slipway_local
from slipway_local.containers.root import FOLDER
from slipway_local.containers.settings import PORT_PIPE

# Below /opt/ml, a container on AWS has its model, and what is loaded in addition in a folder for each channel
# (terraform-provider-aws, sagemaker_model: `channel_name`). A process has no file system of its own, so variables that
# name these folders are translated.
MODEL = "model"
ADDITIONAL = "additional-model-data-sources"
TOOLS = Path(slipway_local.__path__[0]).parent
# The packages of images that AWS publishes as source alone.
IMAGE_PACKAGES = TOOLS / "slipway_local" / "containers" / "images"


def container_environment(own: Mapping[str, str], folder: Path, python: str) -> dict[str, str]:
    """Return the whole environment of a child; `own` is the model's Environment, which wins as on AWS."""
    model_dir = folder / MODEL
    # The engine's own credentials, region and endpoint stay behind: only what is named here is passed on.
    base = {
        "PATH": f"{Path(python).parent}{os.pathsep}{os.defpath}",
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONUNBUFFERED": "1",
        "SM_MODEL_DIR": str(model_dir),
        "SAGEMAKER_BASE_DIR": str(folder),
        FOLDER: str(folder),
    }
    of_the_model = translated(own, folder)
    search = [str(TOOLS), str(IMAGE_PACKAGES), *filter(None, [of_the_model.get("PYTHONPATH")])]
    return {**base, **of_the_model, "PYTHONPATH": os.pathsep.join(search)}


def translated(own: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the model's Environment with the container's folder in place of /opt/ml."""
    return {name: _inside(value, folder) for name, value in own.items()}


def with_packages(own: Mapping[str, str], packages: Path | None) -> dict[str, str]:
    """Let a folder of installed packages come before the model's PYTHONPATH, and so before the environment's own."""
    if packages is None:
        return dict(own)
    return {**own, "PYTHONPATH": os.pathsep.join([str(packages), *filter(None, [own.get("PYTHONPATH")])])}


def with_port_pipe(environment: Mapping[str, str], descriptor: int) -> dict[str, str]:
    """Name the descriptor on which the child reports its port."""
    return {**environment, PORT_PIPE: str(descriptor)}


def _inside(value: str, folder: Path) -> str:
    for name in (MODEL, ADDITIONAL):
        if value == f"/opt/ml/{name}" or value.startswith(f"/opt/ml/{name}/"):
            return f"{folder}{value.removeprefix('/opt/ml')}"
    return value
