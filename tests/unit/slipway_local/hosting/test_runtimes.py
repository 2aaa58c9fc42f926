from __future__ import annotations

from pathlib import Path

import pytest

from slipway_local.hosting.runtimes import choose_runtime
from slipway_local.ports import ContainerSpec, HostingFailed

IMAGE = "544295431143.dkr.ecr.ap-southeast-2.amazonaws.com/object-detection:latest"


def spec(**environment: str) -> ContainerSpec:
    return ContainerSpec("ep", "AllTraffic", "i-1", IMAGE, None, environment)


def test_an_archive_with_a_script_is_served_in_script_mode(tmp_path: Path) -> None:
    (tmp_path / "inference.py").touch()

    assert choose_runtime(spec(), tmp_path, "python").command == ("python", "-m", "slipway_local.container")


def test_the_script_may_have_another_name(tmp_path: Path) -> None:
    (tmp_path / "serve.py").touch()

    runtime = choose_runtime(spec(SAGEMAKER_PROGRAM="serve.py"), tmp_path, "python")

    assert runtime.command[0] == "python"


def test_without_a_script_the_failure_says_what_the_local_stack_supports(tmp_path: Path) -> None:
    with pytest.raises(HostingFailed) as failure:
        choose_runtime(spec(), tmp_path, "python")

    assert str(failure.value) == (
        "The local stack serves archives in script mode and found no code/inference.py in this one; "
        f"on AWS the image {IMAGE} itself would serve it."
    )
