"""Pack a model into the .tar.gz that SageMaker loads: from a folder or from one model file.

The same content gives the same bytes, so the same model is uploaded once and the same deployment changes nothing.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.inference_code import inference_code_for

SUFFIXES = (".tar.gz", ".tgz")
OTHER_ARCHIVES = (".zip", ".tar", ".tar.bz2", ".tar.xz", ".7z", ".rar")
SOURCE_CODE = (".py", ".ipynb")
# Framework containers read the inference code and its requirements in code/ only.
CODE = ("inference.py", "requirements.txt")
CODE_FILE = f"code/{CODE[0]}"


class NotAModel(ClientError):
    """The path is not a model that can be packed."""


def is_archive(model: Path) -> bool:
    """Return whether a file is packed already, by its name."""
    return model.is_file() and model.name.endswith(SUFFIXES)


def pack(model: Path, archive: Path, framework: str = "") -> list[str]:
    """Write a folder's files, or one model file, as a .tar.gz; return what the user should know about it.

    One model file alone gets the framework's inference code, if there is a template for such files. Raises `NotAModel`.
    """
    if framework == "pytorch":
        _check_has_code(model)
    # An earlier archive in the folder is not part of the model.
    members = dict(sorted(one for one in _members(model) if one[1].resolve() != archive.resolve()))
    if not members:
        raise NotAModel(f"{model} has no files: pass the folder with the model's files.")
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, file in members.items():
            about = tarfile.TarInfo(name)
            about.size, about.mode = file.stat().st_size, 0o644
            with file.open("rb") as content:
                tar.addfile(about, content)
        code = inference_code_for(model, framework)
        if code is None:
            return []
        about = tarfile.TarInfo(CODE_FILE)
        about.size, about.mode = len(code.encode()), 0o644
        tar.addfile(about, io.BytesIO(code.encode()))
    return [
        f"{CODE_FILE} was added from a template, because {model.name} is a model file alone: to change the code, write "
        f"it into a folder with `slipway init --framework {framework} --code`, and deploy that folder."
    ]


def _check_has_code(model: Path) -> None:
    """Refuse a file of torch.save, which has no code: the image loads TorchScript only, by default and by the template.

    Both are ZIP archives with a data.pkl, and TorchScript has its code in code/ (PyTorch's
    torch/csrc/jit/docs/serialization.md).
    """
    if not (model.is_file() and zipfile.is_zipfile(model)):
        return
    with zipfile.ZipFile(model) as saved:
        parts = {name.split("/")[1] for name in saved.namelist() if "/" in name}
    if "data.pkl" in parts and "code" not in parts:
        raise NotAModel(
            f"{model} has weights without the code of the network, so the image cannot load it alone: pass a folder "
            f"with {CODE_FILE} that builds the network, as in examples/pytorch, or save the network as TorchScript. "
            "`slipway init --framework pytorch --code` writes a template of the code."
        )


def _members(model: Path) -> Iterator[tuple[str, Path]]:
    if model.name.endswith(OTHER_ARCHIVES):
        raise NotAModel(f"{model} is not a .tar.gz archive: unpack it and pass the folder, which is packed here.")
    if model.name.endswith(SOURCE_CODE):
        raise NotAModel(
            f"{model} is code and not a model: pass the folder that has the model's file, with the code that loads it "
            f"in {CODE_FILE}; `slipway init --framework sklearn --code` writes one."
        )
    if model.is_file():
        yield model.name, model
        return
    for file in model.rglob("*"):
        path = file.relative_to(model)
        if file.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in path.parts):
            yield (f"code/{path}" if str(path) in CODE and not (model / "code").is_dir() else path.as_posix()), file
