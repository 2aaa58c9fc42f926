"""Starts that fail before there is a process; the others are in tests/contract/hosting."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fakes.archives import tar_gz
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore

from slipway_local.hosting.plane import ProcessHosting
from slipway_local.ports import ContainerSpec, HostingFailed, ModelData

URI = "s3://models/models/ep/model.tar.gz"
NOT_DOWNLOADED = (
    f'Failed to download model data for container "container_1" from URL: "{URI}". Please ensure that there is '
    "an object located at the URL and that the role passed to CreateModel has permissions to download the object."
)
NOT_EXTRACTED = (
    f'Failed to extract model data archive for container "container_1" from URL "{URI}". '
    "Please ensure that the object located at the URL is a valid tar.gz archive."
)


def failure(folder: Path, objects: dict[str, bytes], data: ModelData | None, **environment: str) -> str:
    hosting = ProcessHosting(MemoryStore(objects), MemoryLogs(), folder)
    spec = ContainerSpec("ep", "AllTraffic", "i-1", "image:1", data, environment)
    with pytest.raises(HostingFailed) as failed:
        hosting.start(spec)
    return str(failed.value)


def test_a_missing_object_is_named(tmp_path: Path) -> None:
    assert failure(tmp_path, {}, ModelData(URI)) == NOT_DOWNLOADED


def test_an_object_that_was_replaced_since_create_model_is_missing(tmp_path: Path) -> None:
    assert failure(tmp_path, {URI: b"new"}, ModelData(URI, "2")) == NOT_DOWNLOADED


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    assert failure(tmp_path, {URI: b"text"}, ModelData(URI)) == NOT_EXTRACTED


def test_a_broken_source_archive_is_named_too(tmp_path: Path) -> None:
    source = "s3://models/source/sourcedir.tar.gz"
    objects = {URI: tar_gz({"model.bin": b"x"}), source: b"text"}

    message = failure(tmp_path, objects, ModelData(URI), SAGEMAKER_SUBMIT_DIRECTORY=source)

    assert message == NOT_EXTRACTED.replace(URI, source)


def test_a_model_without_data_has_nothing_to_serve_here(tmp_path: Path) -> None:
    assert "has nothing that serves the image image:1" in failure(tmp_path, {}, None)


def test_a_failed_start_leaves_no_files(tmp_path: Path) -> None:
    failure(tmp_path / "folder", {URI: b"text"}, ModelData(URI))

    assert list((tmp_path / "folder").iterdir()) == []
