"""/opt/ml, where SageMaker gives a container its model.

A process has no file system of its own. On Linux it can have one, in a mount namespace, where the machine permits that
without root (user namespaces) or where it runs as root. Elsewhere the model is in a folder of its own, which the
environment's variables name, and the log says so where a script names /opt/ml.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

OPT = "/opt"
ML = "/opt/ml"
CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
# A variable of the container's: where its folder is, whatever /opt/ml shows. Ours, not SageMaker's.
FOLDER = "SLIPWAY_CONTAINER_FOLDER"
# The failure rule ModelFolderNotMounted knows these words.
NOT_MOUNTED = (
    "WARNING This machine cannot show the model at /opt/ml/model, which {script} names: use the folder that model_fn "
    "gets, or SM_MODEL_DIR"
)


def mount(folder: str) -> bool:
    """Let this process, and what it starts, see `folder` as /opt/ml. Return False where the machine does not permit it.

    Must be called before there is a second thread.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        _mount(folder)
    except OSError:
        return False
    return True


def warnings(folder: str) -> list[str]:
    """Return what to log of scripts that name /opt/ml, where it could not be mounted."""
    code = Path(folder, "model", "code")
    scripts = [file for file in sorted(code.rglob("*.py")) if f"{ML}/" in file.read_text(errors="replace")]
    return [NOT_MOUNTED.format(script=f"code/{script.relative_to(code)}") for script in scripts]


def _mount(folder: str) -> None:
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _call("unshare", CLONE_NEWNS)
    else:
        _call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _call("mount", b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
    if not Path(ML).is_dir():
        _add_to_opt(folder)
    _bind(folder, ML)


def _add_to_opt(folder: str) -> None:
    """Replace /opt by a copy of itself that has a folder `ml`: the machine's own is left alone."""
    copy = Path(folder, "tmp", "opt")
    copy.mkdir(exist_ok=True)
    _call("mount", b"tmpfs", bytes(copy), b"tmpfs", ctypes.c_ulong(0), b"size=1m")
    for entry in Path(OPT).iterdir():
        target = copy / entry.name
        if entry.is_symlink():
            target.symlink_to(os.readlink(entry))
            continue
        if entry.is_dir():
            target.mkdir()
        else:
            target.touch()
        _bind(str(entry), str(target))
    (copy / "ml").mkdir()
    _bind(str(copy), OPT)


def _bind(source: str, target: str) -> None:
    _call("mount", source.encode(), target.encode(), None, ctypes.c_ulong(MS_BIND | MS_REC), None)


def _call(function: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
