"""Starts that fail before there is a process, and the environment that stands in; tests/contract/hosting has others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fakes.archives import tar_gz
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore

from slipway_local.hosting.environments import EnvironmentNotMade, Environments
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


class OnlyNewest(Environments):
    """A machine that can make the newest environment of a family, and no image's."""

    def python(self, name: str, log: Callable[[list[str]], None], *, requested: bool = False) -> str:
        if name != "sklearn":
            raise EnvironmentNotMade(f"{name} could not be made: no Python 3.9")
        return "python"


def test_an_environment_that_cannot_be_made_is_replaced_in_the_log_and_in_what_is_said_to_serve(tmp_path: Path) -> None:
    logs = MemoryLogs()
    hosting = ProcessHosting(MemoryStore({}), logs, tmp_path, environments=OnlyNewest())
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"

    _, _, stand_in = hosting.prepare(ContainerSpec("ep", "AllTraffic", "i-1", image, None))

    assert stand_in == "slipway.local/sklearn"
    failure, warning = logs.lines
    assert failure == "sklearn-1.2-1 could not be made: no Python 3.9"
    assert warning.startswith("WARNING The packages of sklearn-1.2-1 are not known or cannot be installed here")
