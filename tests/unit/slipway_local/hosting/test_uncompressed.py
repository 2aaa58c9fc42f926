"""Uncompressed model data: AWS's rules, sentence by sentence of the API reference of S3ModelDataSource."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore, tar_gz

from slipway_local.hosting.download import Deadline
from slipway_local.hosting.plane import ProcessHosting
from slipway_local.hosting.uncompressed import NameRefused, NoRoom, download_prefix
from slipway_local.ports import ContainerSpec, HostingFailed, ModelData, ObjectMissing

URI = "s3://models/llm/"


def load(tmp_path: Path, *names: str, volume: int = 1000) -> None:
    store = MemoryStore({f"{URI}{name}": name.encode() for name in names} | {"s3://models/other": b"another's"})
    download_prefix(store, URI, tmp_path, Deadline(60), volume)


def test_the_key_without_the_prefix_is_the_path(tmp_path: Path) -> None:
    load(tmp_path, "config.json", "code/inference.py", "a/b/c")

    files = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {name: name for name in ("config.json", "code/inference.py", "a/b/c")}


@pytest.mark.parametrize("name", ["a//b", " /b", "./b", "../b", "n\0l", "é" * 128, "folder/"])
def test_a_name_that_cannot_be_written_fails(tmp_path: Path, name: str) -> None:
    with pytest.raises(NameRefused):
        load(tmp_path / "model", name)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("names", [("weights", "weights/part1"), ("weights/part1", "weights")])
def test_a_file_and_a_folder_of_one_name_fail(tmp_path: Path, names: tuple[str, str]) -> None:
    with pytest.raises(NameRefused):
        load(tmp_path, *names)


def test_nothing_below_the_prefix_fails(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing):
        load(tmp_path)


def test_nothing_is_written_that_has_no_room(tmp_path: Path) -> None:
    load(tmp_path / "fits", "four", volume=4)
    with pytest.raises(NoRoom):
        load(tmp_path / "large", "three", volume=4)

    assert not (tmp_path / "large").exists()


@pytest.mark.parametrize(
    ("objects", "reason"),
    [({}, "Please ensure that there is an object"), ({f"{URI}folder/": b""}, "a file's path: no part is empty")],
    ids=["nothing", "folder"],
)
def test_the_endpoint_fails_with_the_reason(tmp_path: Path, objects: dict[str, bytes], reason: str) -> None:
    hosting = ProcessHosting(MemoryStore(objects), MemoryLogs(), tmp_path)

    with pytest.raises(HostingFailed, match=reason):
        hosting.start(ContainerSpec("ep", "AllTraffic", "i-1", "image:1", ModelData(URI)))


def test_what_is_loaded_in_addition_is_in_a_folder_for_each_channel(tmp_path: Path) -> None:
    """terraform-provider-aws, sagemaker_model: `/opt/ml/additional-model-data-sources/<channel_name>/`."""
    archive = "s3://models/terms.tar.gz"
    store = MemoryStore({f"{URI}code/inference.py": b"", archive: tar_gz({"terms.txt": "one"})})
    channels = {"draft": ModelData(URI), "terms": ModelData(archive)}
    spec = ContainerSpec("ep", "AllTraffic", "i-1", "image:1", ModelData(URI), additional_data=channels)

    folder, *_ = ProcessHosting(store, MemoryLogs(), tmp_path).prepare(spec)

    beside = folder / "additional-model-data-sources"
    files = {str(path.relative_to(beside)) for path in beside.rglob("*") if path.is_file()}
    assert files == {"draft/code/inference.py", "terms/terms.txt"}


@pytest.mark.parametrize("channel", [".", ".."])
def test_a_channel_is_a_folder_of_its_own(tmp_path: Path, channel: str) -> None:
    spec = ContainerSpec("ep", "AllTraffic", "i-1", "image:1", None, additional_data={channel: ModelData(URI)})

    with pytest.raises(HostingFailed, match="no part is empty"):
        ProcessHosting(MemoryStore({f"{URI}a": b""}), MemoryLogs(), tmp_path).prepare(spec)
    assert list(tmp_path.iterdir()) == []
