"""Every image that can be asked for, against both lines of the SageMaker SDK in environments of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests import processes

ROOT = Path(__file__).parents[2]
SDKS = ("sagemaker", "sagemaker-sdk")  # the environments of sagemaker-core, and of version 2
ALWAYS = os.environ.get("SLIPWAY_EXHAUSTIVE") == "always"  # `make check` says so


@pytest.mark.full
@pytest.mark.exhaustive
@pytest.mark.timeout(960)
@pytest.mark.parametrize("sdk", SDKS)
def test_every_answer_is_the_sdks_or_differs_for_a_known_reason(sdk: str, request: pytest.FixtureRequest) -> None:
    python = ROOT / ".tools" / sdk / "bin" / "python"
    if not python.exists() and not ALWAYS:
        pytest.skip("the pinned SDK's environment is not made: `make image-comparison` makes it")
    environment = {**processes.project_environment(), "PYTHONWARNINGS": "ignore"}

    result = processes.run([python, "-m", "dev", "images", "--check"], env=environment, check=False, timeout=900)

    request.node.add_report_section("call", "image comparison", result.stdout)
    assert result.returncode == 0, result.stderr
    assert " 0 mismatches\n" in result.stdout
