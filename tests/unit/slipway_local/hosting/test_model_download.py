from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.fakes.archives import tar_gz
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore

from slipway_local.hosting.download import Deadline, DownloadTimedOut, download
from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import ContainerSpec, HostingFailed, ModelData, ObjectMissing

URI = "s3://models/models/ep/model.tar.gz"


class StalledStore(MemoryStore):
    """A store whose downloads wait until `go_on` is set."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        super().__init__(objects)
        self.go_on = threading.Event()

    def download(self, data: ModelData, path: str) -> None:
        self.go_on.wait()
        super().download(data, path)


def test_a_download_that_takes_too_long_fails_the_endpoint_and_leaves_nothing(tmp_path: Path) -> None:
    store = StalledStore({URI: tar_gz({"code/inference.py": b""})})
    hosting = ProcessHosting(store, MemoryLogs(), tmp_path, scale=lambda: 0.0001, min_wait=0.0)
    spec = ContainerSpec("ep", "AllTraffic", "i-1", "image:1", ModelData(URI), model_data_download_timeout=60.0)

    with pytest.raises(HostingFailed) as failed:
        hosting.start(spec)

    assert str(failed.value) == (
        f'Failed to download model data for container "container_1" from URL: "{URI}". Downloading and extracting it '
        "took longer than ModelDataDownloadTimeoutInSeconds, 60 seconds."
    )
    assert list(tmp_path.iterdir()) == []
    store.go_on.set()
    for thread in threading.enumerate():
        if thread.name == "model-download":
            thread.join()
    assert list(tmp_path.iterdir()) == []


def test_a_download_within_its_time_is_there(tmp_path: Path) -> None:
    download(MemoryStore({URI: b"archive"}), ModelData(URI), tmp_path / "archive", Deadline(60))

    assert (tmp_path / "archive").read_bytes() == b"archive"


def test_errors_of_the_store_are_raised(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing):
        download(MemoryStore({}), ModelData(URI), tmp_path / "archive", Deadline(60))


def test_nothing_is_downloaded_when_the_time_is_up_already(tmp_path: Path) -> None:
    with pytest.raises(DownloadTimedOut):
        download(StalledStore({URI: b""}), ModelData(URI), tmp_path / "archive", Deadline(-1))


def test_a_deadline_says_what_is_left() -> None:
    left = Deadline(60).left()

    assert 59 < left <= 60
