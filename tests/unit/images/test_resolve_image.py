"""What `resolve_image` answers: the seed's examples, one image of each kind, and what it chooses by itself."""

from __future__ import annotations

import json

import pytest

import slipway
from slipway.images import accounts_of_aws, parse_image_uri, refuse_stand_in, resolve_image
from slipway.images.errors import ImageStandsIn

DLC = "763104351884.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("region", "uri"),
    [
        ("us-east-1", "811284229777.dkr.ecr.us-east-1.amazonaws.com/object-detection:latest"),
        ("ap-southeast-2", "544295431143.dkr.ecr.ap-southeast-2.amazonaws.com/object-detection:latest"),
        ("eu-central-1", "813361260812.dkr.ecr.eu-central-1.amazonaws.com/object-detection:latest"),
    ],
)
def test_the_three_examples_of_the_seed_are_resolved_exactly(region: str, uri: str) -> None:
    assert resolve_image("object-detection", region, version="latest") == uri


def test_the_product_package_exports_it() -> None:
    assert slipway.resolve_image is resolve_image
    with pytest.raises(AttributeError, match="no attribute 'resolve_video'"):
        _ = slipway.resolve_video


@pytest.mark.parametrize(
    ("framework", "version", "instance_type", "image"),
    [
        ("pytorch", "2.6.0", "ml.m5.xlarge", "pytorch-inference:2.6.0-cpu-py312"),
        ("pytorch", "2.6", "ml.g5.xlarge", "pytorch-inference:2.6-gpu-py312"),
        ("pytorch", "2.6.0", "ml.c7g.large", "pytorch-inference-arm64:2.6.0-cpu-py312-ubuntu22.04-sagemaker"),
        ("tensorflow", "2.16.1", "ml.p3.2xlarge", "tensorflow-inference:2.16.1-gpu"),
        ("djl-lmi", "0.34.0", "ml.g5.12xlarge", "djl-inference:0.34.0-lmi16.0.0-cu128"),
        ("vllm", "0.30.0", "ml.p5.48xlarge", "vllm:0.30.0-gpu-py312-cu130-ubuntu24.04-sagemaker"),
        ("llama-cpp", "1.0.1", "ml.m5.xlarge", "llama-cpp:server-sagemaker-cpu-v1.0.1"),
        (
            "huggingface-llm-neuronx",
            "0.3.0",
            "ml.inf2.8xlarge",
            "huggingface-pytorch-tgi-inference:2.7.0-optimum3.3.6-inf2-py310-ubuntu22.04",
        ),
    ],
)
def test_a_version_and_an_instance_type_name_one_image(
    framework: str, version: str, instance_type: str, image: str
) -> None:
    assert resolve_image(framework, "us-east-1", version, instance_type) == f"{DLC}/{image}"


@pytest.mark.parametrize(
    ("framework", "version", "instance_type", "image"),
    [
        (  # the image as sagemaker-python-sdk pull request 5323 names it
            "huggingface-vllm-neuronx",
            "0.4.1",
            "ml.inf2.xlarge",
            "huggingface-vllm-inference-neuronx:0.10.2-neuronx-py310-sdk2.26.0-ubuntu22.04",
        ),
        ("llama-cpp-arm64", "1.0.1", "ml.c7g.xlarge", "llama-cpp-arm64:server-sagemaker-cpu-v1.0.1"),
    ],
)
def test_an_image_that_exists_is_found_where_the_sdk_refuses_its_processor(
    framework: str, version: str, instance_type: str, image: str
) -> None:
    found = resolve_image(framework, "us-east-1", version, instance_type)

    assert (found, found.stands_in) == (f"{DLC}/{image}", None)


def test_triton_has_a_tag_that_only_names_the_cpu() -> None:
    gpu = resolve_image("sagemaker-tritonserver", "us-west-2", "24.09", "ml.g5.xlarge")
    cpu = resolve_image("sagemaker-tritonserver", "us-west-2", "24.09", "ml.m5.xlarge")

    assert gpu == "763104351884.dkr.ecr.us-west-2.amazonaws.com/sagemaker-tritonserver:24.09-py3"
    assert cpu == f"{gpu}-cpu"


def test_a_family_with_an_image_of_its_own_gets_it() -> None:
    p4d = resolve_image("pytorch", "us-east-1", "1.6.0", "ml.p4d.24xlarge", py_version="py36")
    p3 = resolve_image("pytorch", "us-east-1", "1.6.0", "ml.p3.2xlarge", py_version="py36")

    assert p4d == f"{p3}-cu110-ubuntu18.04"


def test_hugging_face_on_neuronx_is_a_framework_of_its_own() -> None:
    image = resolve_image(
        "huggingface-neuronx", "us-east-1", "4.36.2", "ml.inf2.xlarge", base_framework_version="pytorch2.1.2"
    )

    assert image.uri == (
        f"{DLC}/huggingface-pytorch-inference-neuronx:2.1.2-transformers4.36.2-neuronx-py310-sdk2.18.0-ubuntu20.04"
    )


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "811284229777.dkr.ecr.us-east-1.amazonaws.com"),
        ("cn-north-1", "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "226302683700.dkr.ecr.us-gov-west-1.amazonaws.com"),
        ("us-iso-east-1", "490574956308.dkr.ecr.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "765400339828.dkr.ecr.us-isob-east-1.sc2s.sgov.gov"),
        ("us-isof-south-1", "124985052026.dkr.ecr.us-isof-south-1.csp.hci.ic.gov"),
    ],
)
def test_every_partition_has_its_own_account_and_dns_suffix(region: str, host: str) -> None:
    assert resolve_image("image-classification", region, "1") == f"{host}/image-classification:1"


def test_without_a_version_the_newest_is_taken_and_named() -> None:
    image = resolve_image("xgboost", "us-east-1")

    assert image.version == "3.2-0"
    assert image.defaulted == ("FrameworkVersion",)


def test_the_newest_version_is_one_with_an_image_for_the_instance_type() -> None:
    image = resolve_image("tensorflow", "us-east-1", instance_type="ml.c7g.xlarge")

    assert (image.version, image.py_version, image.processor) == ("2.16.1", "py310", "graviton")
    assert image.defaulted == ("FrameworkVersion", "PyVersion")


def test_an_algorithm_without_a_version_takes_its_tag_of_the_sdk_and_not_latest() -> None:
    assert resolve_image("object-detection", "us-east-1").endswith("/object-detection:1")


def test_fields_that_an_image_does_not_have_are_ignored() -> None:
    image = resolve_image("kmeans", "us-east-1", "1", py_version="py3", base_framework_version="pytorch2.6")

    assert (image.py_version, image.base_framework_version) == (None, None)


def test_serverless_hosting_gets_the_cpu_image() -> None:
    image = resolve_image("pytorch", "us-east-1", "2.6.0", serverless=True)

    assert image == resolve_image("pytorch", "us-east-1", "2.6.0", "ml.m5.xlarge")
    assert image.processor == "cpu"


def test_serverless_hosting_of_a_gpu_only_image_resolves_the_gpu_image() -> None:
    assert resolve_image("huggingface-llm", "us-east-1", serverless=True).processor == "gpu"


def test_an_image_serializes_as_its_uri_and_has_fields() -> None:
    image = resolve_image("sklearn", "us-east-1", "1.2-1", "ml.m5.large")

    assert json.loads(json.dumps(image)) == image.uri
    assert type(image.uri) is str
    assert image.as_fields() == {
        "ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
        "Framework": "sklearn",
        "FrameworkVersion": "1.2-1",
        "PyVersion": "py3",
        "BaseFrameworkVersion": None,
        "Processor": "cpu",
        "Defaulted": ["PyVersion"],
        "StandsIn": None,
    }


@pytest.mark.parametrize(
    ("framework", "version", "instance_type", "image", "says"),
    [
        ("sklearn", "1.9-0", "ml.m6g.large", "sagemaker-scikit-learn:1.0-1-arm64-cpu-py3", "only version 1.0-1"),
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
def test_a_stand_in_image_is_returned_with_the_reason(
    framework: str, version: str, instance_type: str, image: str, says: str
) -> None:
    answer = resolve_image(framework, "us-east-1", version, instance_type)

    assert answer.endswith(f"/{image}")
    assert says in str(answer.stands_in)
    # A training image, or one for another processor, cannot serve under ImageUri either.
    remedy = f"give ImageUri {answer}" if "only version" in says else "Use another InstanceType or FrameworkVersion"
    with pytest.raises(ImageStandsIn, match=remedy):
        refuse_stand_in(answer)


@pytest.mark.parametrize(
    "instance_type", ["ml.m5.xlarge", "ml.g5.xlarge", "ml.g4dn.xlarge", "ml.c6gn.xlarge", "ml.p4d.24xlarge"]
)
def test_an_image_for_the_instance_types_architecture_passes(instance_type: str) -> None:
    image = resolve_image("pytorch", "us-east-1", "2.6.0", instance_type)

    assert image.stands_in is None
    assert refuse_stand_in(image) is image


@pytest.mark.parametrize(("framework", "base"), [("sklearn", None), ("huggingface", "pytorch1.9.1")])
def test_the_newest_version_is_no_stand_in(framework: str, base: str | None) -> None:
    instance_type = "ml.m6g.large" if base is None else "ml.inf1.xlarge"

    assert (
        resolve_image(framework, "us-east-1", instance_type=instance_type, base_framework_version=base).stands_in
        is None
    )


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("framework", ["sklearn", "object-detection", "xgboost"])
def test_what_is_resolved_comes_from_an_account_of_aws(framework: str, region: str) -> None:
    image = resolve_image(framework, region, instance_type="ml.m5.large")

    assert parse_image_uri(image).account in accounts_of_aws(region)


def test_other_accounts_are_not_aws() -> None:
    assert "111122223333" not in accounts_of_aws("us-east-1")
    assert accounts_of_aws("mars-north-1") == frozenset()
