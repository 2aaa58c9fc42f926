"""Where the SDK answers with another image than the one asked for: the answer is its answer, and is marked."""

from __future__ import annotations

import pytest

from slipway.images import refuse_stand_in, resolve_image
from slipway.images.errors import ImageStandsIn


@pytest.mark.parametrize(
    ("framework", "version", "instance_type", "image", "says"),
    [
        (
            "sklearn",
            "1.9-0",
            "ml.m6g.large",
            "sagemaker-scikit-learn:1.0-1-arm64-cpu-py3",
            "only version 1.0-1",
        ),
        (
            "pytorch",
            "2.6.0",
            "ml.trn1.2xlarge",
            "pytorch-training-neuron:1.11.0-neuron-py38-sdk2.4.0-ubuntu20.04",
            "AWS has only a training image",
        ),
        ("sklearn", "1.2-1", "ml.m8g.large", "sagemaker-scikit-learn:1.2-1-cpu-py3", "'m8g' needs an image for arm64"),
        ("llama-cpp-arm64", "1", "ml.m5.large", "llama-cpp-arm64:server-sagemaker-cpu-v1", "needs an image for x86_64"),
    ],
)
def test_the_sdks_answer_is_given_with_the_reason_why_it_is_not_what_was_asked_for(
    framework: str, version: str, instance_type: str, image: str, says: str
) -> None:
    answer = resolve_image(framework, "us-east-1", version, instance_type)

    assert answer.endswith(f"/{image}")
    assert says in str(answer.stands_in)
    with pytest.raises(ImageStandsIn, match=f"To use it all the same, give ImageUri {answer}"):
        refuse_stand_in(answer)


@pytest.mark.parametrize(
    "instance_type", ["ml.m5.xlarge", "ml.g5.xlarge", "ml.g4dn.xlarge", "ml.c6gn.xlarge", "ml.p4d.24xlarge"]
)
def test_an_image_for_the_instance_types_architecture_passes(instance_type: str) -> None:
    image = resolve_image("pytorch", "us-east-1", "2.6.0", instance_type)

    assert image.stands_in is None
    assert refuse_stand_in(image) is image


@pytest.mark.parametrize(("framework", "base"), [("sklearn", None), ("huggingface", "pytorch1.9.1")])
def test_the_newest_version_is_one_that_nothing_stands_in_for(framework: str, base: str | None) -> None:
    instance_type = "ml.m6g.large" if base is None else "ml.inf1.xlarge"

    assert (
        resolve_image(framework, "us-east-1", instance_type=instance_type, base_framework_version=base).stands_in
        is None
    )
