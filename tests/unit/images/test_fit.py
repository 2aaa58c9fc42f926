"""Whether an image can serve on what it is to be hosted on, as far as its name says."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.images.errors import ImageOnlyTrains, ImageProcessorMismatch, ImageRefused, ServerlessWithoutGpu
from slipway.images.plan_image import resolve_image_of
from slipway.images.tables import frameworks, load_table
from tests.fakes.services import SETTINGS
from tests.unit.execution import plan_of

AWS = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
SERVERLESS: dict[str, Any] = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}


def resolve(uri: str, **hosting: Any) -> None:
    resolve_image_of(plan_of(ImageUri=uri, **(hosting or {"InstanceType": "ml.m5.large"})), SETTINGS)


@pytest.mark.parametrize(
    ("uri", "hosting", "error"),
    [
        (f"{AWS}/pytorch-training:2.6.0-cpu-py312", {}, ImageOnlyTrains),
        (f"{AWS}/huggingface-pytorch-training:2.1-gpu", {}, ImageOnlyTrains),
        (f"{AWS}/pytorch-inference-arm64:2.6.0-cpu-py312", {}, ImageProcessorMismatch),
        (f"{AWS}/pytorch-inference:2.6.0-cpu-py312", {"InstanceType": "ml.m8g.large"}, ImageProcessorMismatch),
        (f"{AWS}/tensorflow-inference-graviton:2.16.1-cpu", {"InstanceType": "ml.g5.xlarge"}, ImageProcessorMismatch),
        (f"{OWN}/digits:1.0-arm64", {}, ImageProcessorMismatch),
        (f"{OWN}/digits:linux-aarch64", {}, ImageProcessorMismatch),
        (f"{OWN}/digits-amd64:1", {"InstanceType": "ml.c7g.large"}, ImageProcessorMismatch),
        (f"{AWS}/pytorch-inference:2.6.0-gpu-py312", SERVERLESS, ServerlessWithoutGpu),
        (f"{AWS}/djl-inference:0.38.0-lmi29.0.0-cu130", SERVERLESS, ServerlessWithoutGpu),
    ],
)
def test_an_image_that_cannot_serve_is_refused(uri: str, hosting: dict[str, Any], error: type[ImageRefused]) -> None:
    with pytest.raises(error):
        resolve(uri, **hosting)


@pytest.mark.parametrize(
    ("uri", "hosting"),
    [
        (f"{AWS}/pytorch-inference:2.6.0-cpu-py312", {}),
        (f"{AWS}/pytorch-inference-arm64:2.6.0-cpu-py312", {"InstanceType": "ml.c7g.xlarge"}),
        (f"{AWS}/pytorch-inference:2.6.0-gpu-py312", {"InstanceType": "ml.g5.xlarge"}),
        (f"{AWS}/pytorch-inference:2.6.0-cpu-py312", SERVERLESS),
        (f"{OWN}/pytorch-training:1", {}),
        (f"{OWN}/digits:1", {"InstanceType": "ml.m8g.large"}),
        (f"{OWN}/charm64ed:1", {}),
        (f"{OWN}/digits:1-gpu", SERVERLESS),
        (f"{OWN}/digits@sha256:{'0' * 64}", {}),
    ],
)
def test_an_image_that_may_serve_is_taken(uri: str, hosting: dict[str, Any]) -> None:
    resolve(uri, **hosting)


def test_every_instance_pool_needs_an_image_for_its_processor() -> None:
    pools = [{"InstanceType": "ml.m5.large", "Priority": 1}, {"InstanceType": "ml.m8g.large", "Priority": 2}]

    with pytest.raises(ImageProcessorMismatch, match=r"InstanceType ml\.m8g\.large"):
        resolve(f"{AWS}/pytorch-inference:2.6.0-cpu-py312", InstancePools=pools)


def test_a_framework_whose_images_all_need_a_gpu_is_refused_on_serverless_hosting() -> None:
    with pytest.raises(ServerlessWithoutGpu, match="huggingface-vllm"):
        resolve_image_of(plan_of(Framework="huggingface-vllm", **SERVERLESS), SETTINGS)


def test_no_image_of_the_catalogue_that_serves_on_cpus_is_taken_for_an_accelerated_one() -> None:
    for framework in frameworks():
        table = load_table(framework)
        assert table
        for image in table.images:
            if "cpu" in image.processors.split() and "gpu" not in image.processors.split():
                uri = f"{AWS}/{image.repository_and_tag}"
                if "arm64" not in uri:
                    resolve(uri, **SERVERLESS)
