"""Uncompressed model data: every object below a prefix becomes a file below /opt/ml/model.

The rules are those of https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html
(CompressionType): the key without the prefix is the path, and a name that is empty, blank, `.`, `..` or longer than 255
bytes, a folder's own key, or a file and a folder of one name fail the deployment.
"""

from __future__ import annotations

from pathlib import Path

from slipway_local.hosting.download import Deadline, download
from slipway_local.ports import ModelData, ObjectMissing, ObjectStore

MAX_NAME = 255


class NameRefused(Exception):
    """An object's key cannot become a path; the message is the key."""


class NoRoom(Exception):
    """The objects are larger than the storage volume."""


def download_prefix(store: ObjectStore, s3_uri: str, folder: Path, deadline: Deadline, volume: int) -> None:
    """Write every object below a prefix into a folder.

    Raises `NameRefused`, `NoRoom`, `DownloadTimedOut`, and whatever the store raises: `ObjectMissing` for no object.
    """
    listed = store.listed(s3_uri)
    if not listed:
        raise ObjectMissing(f"There is no object below {s3_uri}")
    if sum(size for _, size in listed) > volume:
        raise NoRoom
    for name, _ in listed:
        target = _path(name, folder)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            download(store, ModelData(f"{s3_uri}{name}"), target, deadline)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as clash:
            raise NameRefused(name) from clash


def _path(name: str, folder: Path) -> Path:
    parts = name.split("/")
    if any(not part.strip() or part in (".", "..") or "\0" in part or len(part.encode()) > MAX_NAME for part in parts):
        raise NameRefused(name)
    return folder.joinpath(*parts)
