"""OpenAI's Python library, unmodified, streams from an endpoint, with a token of the SageMaker SDK's generator."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests import processes
from tests.contract.engine.laptop import REGION, Laptop, wait_until

ROOT = Path(__file__).parents[3]
OPENAI_PYTHON = ROOT / ".tools" / "sagemaker-sdk" / "bin" / "python"
TOKEN_PYTHON = ROOT / ".tools" / "sagemaker" / "bin" / "python"  # sagemaker-core, which has the generator
SCRIPT = ROOT / "tests" / "contract" / "engine" / "chat_script.py"
ALWAYS = os.environ.get("SLIPWAY_EXHAUSTIVE") == "always"  # `make check` says so
VLLM = f"763104351884.dkr.ecr.{REGION}.amazonaws.com/vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker"
GENERATE = f"""
from botocore.credentials import Credentials
from sagemaker.core.token_generator.token_generator import SageMakerTokenGenerator
print(SageMakerTokenGenerator().get_token(Credentials("test", "test"), "{REGION}"))
"""
SAID = "This is slipway-stand-in, in place of Qwen/Qwen3-4B. It repeats: hello there"


@pytest.mark.skipif(
    not (OPENAI_PYTHON.exists() and TOKEN_PYTHON.exists()) and not ALWAYS,
    reason="the clients' environments are not made: `make image-comparison` makes them",
)
def test_the_openai_library_streams_from_an_endpoint(laptop: Laptop, role: str, tmp_path: Path) -> None:
    sagemaker = laptop.client("sagemaker")
    container = {"Image": VLLM, "Environment": {"HF_MODEL_ID": "Qwen/Qwen3-4B"}}
    sagemaker.create_model(ModelName="chat", PrimaryContainer=container, ExecutionRoleArn=role)
    variant = {"VariantName": "AllTraffic", "ModelName": "chat", "InstanceType": "ml.g6.xlarge"}
    sagemaker.create_endpoint_config(
        EndpointConfigName="chat", ProductionVariants=[{**variant, "InitialInstanceCount": 1}]
    )
    sagemaker.create_endpoint(EndpointName="chat", EndpointConfigName="chat")
    wait_until(lambda: laptop.status("chat") != "Creating")
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    token = processes.run([TOKEN_PYTHON, "-c", GENERATE], env=inherited, cwd=tmp_path).stdout.split()[-1]
    # DG "Invoke endpoints with OpenAI-compatible APIs" has this base URL, of runtime.sagemaker.<region>.amazonaws.com.
    base_url = f"{laptop.url}/endpoints/chat/openai/v1"

    done = processes.run([OPENAI_PYTHON, SCRIPT, base_url, token], env=inherited, cwd=tmp_path)

    assert json.loads(done.stdout) == {"text": SAID, "parts": 11, "streamed": SAID, "refused": 403}
