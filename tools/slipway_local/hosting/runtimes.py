"""Which program stands in for an image. This is the one place that decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from slipway_local.hosting.failures import not_supported
from slipway_local.ports import ContainerSpec


@dataclass(frozen=True)
class Runtime:
    """A command line, and what its environment has besides SageMaker's own variables."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def choose_runtime(spec: ContainerSpec, submit_directory: Path, python: str) -> Runtime:
    """Return script mode for any image whose archive brings a script. Raises `HostingFailed`.

    The script is SAGEMAKER_PROGRAM (inference.py by default) in the submit directory (the archive's code/).
    """
    script = spec.environment.get("SAGEMAKER_PROGRAM", "inference.py")
    if not (submit_directory / script).is_file():
        raise not_supported(spec, script)
    return Runtime((python, "-m", "slipway_local.container"))
