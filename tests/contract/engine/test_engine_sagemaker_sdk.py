"""The SageMaker Python SDK, unmodified, predicts from an endpoint of the local stack and deletes it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests import processes
from tests.contract.engine.laptop import Laptop, wait_until

ROOT = Path(__file__).parents[3]
SDK_PYTHON = ROOT / ".tools" / "sagemaker-sdk" / "bin" / "python"
SCRIPT = Path(__file__).with_name("predictor_script.py")
ALWAYS = os.environ.get("SLIPWAY_EXHAUSTIVE") == "always"  # `make check` says so


@pytest.mark.skipif(
    not SDK_PYTHON.exists() and not ALWAYS, reason="the SDK's environment is not made: `make bench` makes it"
)
def test_a_predictor_predicts_and_deletes(laptop: Laptop, role: str, tmp_path: Path) -> None:
    laptop.endpoint("predictor", role)
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    done = processes.run([SDK_PYTHON, SCRIPT, laptop.url, "predictor"], env=inherited, cwd=tmp_path)

    said = json.loads(done.stdout.splitlines()[-1])
    assert said == {"prediction": {"instances": [1, 2, 3]}, "text": "1,2,3", "config": "predictor"}
    sagemaker = laptop.client("sagemaker")
    wait_until(lambda: not sagemaker.list_endpoints(NameContains="predictor")["Endpoints"])
    assert sagemaker.list_endpoint_configs(NameContains="predictor")["EndpointConfigs"] == []
    assert sagemaker.list_models(NameContains="predictor")["Models"] == []
