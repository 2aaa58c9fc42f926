"""The environment of a container: SageMaker's variables and the model's, nothing of the engine's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import slipway_local
from slipway_local.container.settings import PORT_PIPE

# Where a container on AWS finds the archive. A process has no file system of its own, so variables that name
# this folder are translated.
CONTAINER_MODEL_DIR = "/opt/ml/model"
TOOLS = Path(slipway_local.__path__[0]).parent


def container_environment(own: Mapping[str, str], folder: Path, submit_directory: Path, python: str) -> dict[str, str]:
    """Return the whole environment of a child; `own` is the model's Environment, which wins as on AWS."""
    model_dir = folder / "model"
    # The engine's own credentials, region and endpoint stay behind: only what is named here is passed on.
    base = {
        "PATH": f"{Path(python).parent}{os.pathsep}{os.defpath}",
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONUNBUFFERED": "1",
        "SM_MODEL_DIR": str(model_dir),
        "SAGEMAKER_BASE_DIR": str(folder),
    }
    translated = {name: _inside(value, model_dir) for name, value in own.items()}
    search = [str(TOOLS), *filter(None, [translated.get("PYTHONPATH")])]
    return {
        **base,
        **translated,
        "SAGEMAKER_SUBMIT_DIRECTORY": str(submit_directory),
        "PYTHONPATH": os.pathsep.join(search),
    }


def with_packages(own: Mapping[str, str], packages: Path | None) -> dict[str, str]:
    """Let a folder of installed packages come before the model's PYTHONPATH, and so before the environment's own."""
    if packages is None:
        return dict(own)
    return {**own, "PYTHONPATH": os.pathsep.join([str(packages), *filter(None, [own.get("PYTHONPATH")])])}


def submit_directory_of(own: Mapping[str, str], folder: Path) -> Path:
    """Return the folder of the user's script: SAGEMAKER_SUBMIT_DIRECTORY, the archive's code/ by default."""
    model_dir = folder / "model"
    named = own.get("SAGEMAKER_SUBMIT_DIRECTORY")
    if named is None:
        return model_dir / "code"
    if named.startswith("s3://"):
        return folder / "code"
    return Path(_inside(named.removeprefix("file://"), model_dir))


def with_port_pipe(environment: Mapping[str, str], descriptor: int) -> dict[str, str]:
    """Name the descriptor on which the child reports its port."""
    return {**environment, PORT_PIPE: str(descriptor)}


def _inside(value: str, model_dir: Path) -> str:
    for prefix in (CONTAINER_MODEL_DIR, f"file://{CONTAINER_MODEL_DIR}"):
        if value == prefix or value.startswith(f"{prefix}/"):
            return f"{model_dir}{value.removeprefix(prefix)}"
    return value
