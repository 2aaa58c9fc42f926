"""Every image that can be asked for, against the pinned SageMaker SDK in its own environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests import processes

ROOT = Path(__file__).parents[2]
SDK_PYTHON = ROOT / ".tools" / "sagemaker" / "bin" / "python"
ALWAYS = os.environ.get("SLIPWAY_EXHAUSTIVE") == "always"  # `make check` says so


@pytest.mark.exhaustive
@pytest.mark.timeout(960)
@pytest.mark.skipif(
    not SDK_PYTHON.exists() and not ALWAYS,
    reason="the pinned SDK's environment is not made: `make image-comparison` makes it",
)
def test_every_answer_is_the_sdks_or_both_refuse(request: pytest.FixtureRequest) -> None:
    environment = processes.project_environment()

    result = processes.run([SDK_PYTHON, "-m", "dev", "images", "--check"], env=environment, check=False, timeout=900)

    request.node.add_report_section("call", "image comparison", result.stdout)
    assert result.returncode == 0, result.stderr
    assert " 0 mismatches\n" in result.stdout
