"""Check a deployment's input and its local model before anything is uploaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from slipway.errors import FieldMissing
from slipway_cli.sdk.contract import check_input
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.inference_code import framework_of
from slipway_cli.sdk.packing import is_archive, pack
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.uploads import Archive, check_archive

ARCHIVE = "model.tar.gz"
# Replaced by the archive's own URI when the stack, and so its bucket, is known.
ANY_ARCHIVE = f"s3://model-bucket/{ARCHIVE}"


class ModelNotFound(ClientError):
    """There is no local file or folder of this name."""


def is_local(model: str | Path | None) -> bool:
    """Return whether a model is on this machine, and so has to be uploaded."""
    return model is not None and not str(model).startswith("s3://")


def checked_model(request: Mapping[str, Any], model: Path, folder: Path) -> tuple[dict[str, Any], Archive]:
    """Return the checked input, and the model's archive, which is packed into the folder if it is none yet.

    Raises an `InputRefused`, an `ArtifactRefused`, `NotAModel`, `ModelNotFound` or `OSError`.
    """
    if not model.exists():
        raise ModelNotFound(f"There is no file or folder {model}: pass an archive, a folder or s3://<bucket>/<key>.")
    checked = check_input({**request, "ModelDataUrl": ANY_ARCHIVE})
    framework, environment = checked.get("Framework", ""), checked.get("Environment", {})
    version = checked.get("FrameworkVersion", "")
    if is_archive(model):
        return checked, check_archive(model, framework, environment, version)
    if model.is_file() and "ImageUri" not in checked:
        _check_framework(model, framework)
    file = folder / archive_name(model)
    added = pack(model, file, framework)
    archive = check_archive(file, framework, environment, version)
    return checked, replace(archive, warnings=[*added, *archive.warnings])


def archive_name(model: Path) -> str:
    """Return the name of a packed model's archive: that of the file or folder, by which its versions are known."""
    stem = model.resolve().name.split(".")[0]
    return f"{stem}.tar.gz" if re.fullmatch(r"[\w-]+", stem, re.ASCII) else ARCHIVE


def _check_framework(model: Path, framework: str) -> None:
    """Check that the framework is known, which says the code that loads the file. Raises `FieldMissing`."""
    if not framework:
        likely = framework_of(model)
        raise FieldMissing(
            f"Framework is missing: a model file alone needs it, because it says which code loads {model.name}. Pass "
            f"{f'--framework {likely}' if likely else '--framework'}, or in Python framework={likely or '...'!r}."
        )


def with_archive(request: Mapping[str, Any], target: Target, archive: Archive) -> dict[str, Any]:
    """Return the input with the URI that the archive has in the target's model bucket."""
    return {**request, "ModelDataUrl": f"s3://{target.model_bucket}/{archive.key}"}
