"""Whether an image can serve on what it is to be hosted on, as far as its repository and tag say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slipway.images.errors import (
    ImageOnlyTrains,
    ImageProcessorMismatch,
    ServerlessImageOfAnotherAccount,
    ServerlessWithoutGpu,
)
from slipway.images.uri import ImageUri

# AWS's deep learning containers come in pairs; these of each pair know no `serve`. Built-in algorithms and most
# images of one's own do both.
TRAINS_ONLY = re.compile(
    r"(?:^|/)(?:huggingface-)?(?:pytorch|tensorflow|mxnet|autogluon)(?:-trcomp)?-training(?:-neuronx?)?(?=[:@]|$)"
)
ARM = re.compile(r"(?<![a-z0-9])(?:arm64|aarch64|graviton)(?![a-z])")
X86 = re.compile(r"(?<![a-z0-9])(?:amd64|x86_64|x86-64)(?![a-z])")
ACCELERATED = re.compile(r"-gpu\b|-cu\d|-cuda\b|neuron|-inf\d?\b")
# The generation is followed by a g where AWS builds the processor: m8g, c7gd, c6gn, t4g; not g5, g4dn, p4d.
GRAVITON = re.compile(r"(?:ml\.)?[a-z]+\d+g[a-z]*(?:\..*)?")


def check_fit(uri: str, image: ImageUri, variant: Mapping[str, Any], *, is_of_aws: bool) -> None:
    """Raise `ImageOnlyTrains`, `ImageProcessorMismatch` or `ServerlessWithoutGpu` for an image that cannot serve.

    The names of AWS's images say what they are for; of others only a processor that they name counts.
    """
    name = f"{image.repository}:{image.tag or ''}"
    if is_of_aws and TRAINS_ONLY.search(image.repository):
        raise ImageOnlyTrains(
            f"ImageUri is {uri}, which only trains: use the inference image of the same framework and version, or "
            "write Framework instead of ImageUri."
        )
    for instance_type in _instance_types(variant):
        _check_processor(uri, name, instance_type, is_of_aws=is_of_aws)
    # SageMaker developer guide, "Deploy models with Amazon SageMaker Serverless Inference": GPUs are excluded.
    if is_of_aws and "ServerlessConfig" in variant and ACCELERATED.search(name):
        raise ServerlessWithoutGpu(
            f"The image {uri} needs a GPU or another accelerator, and serverless endpoints have none: use a CPU image, "
            "or write InstanceType instead of ServerlessConfig."
        )


def check_account(uri: str, image: ImageUri, variant: Mapping[str, Any], own_account: str, *, is_of_aws: bool) -> None:
    """Raise `ServerlessImageOfAnotherAccount`; without an own account nothing is checked.

    CreateEndpointConfig refuses "the bring-your-own container image URI [that] does not reside in an Amazon ECR
    repository within the same AWS account" (https://github.com/aws/amazon-sagemaker-feedback/issues/181).
    """
    if "ServerlessConfig" in variant and own_account and not is_of_aws and image.account != own_account:
        raise ServerlessImageOfAnotherAccount(
            f"ImageUri is {uri}, which is in the registry of account {image.account}, but serverless endpoints take "
            "images of AWS and of this account only: copy the image to a repository of this account, or write "
            "InstanceType instead of ServerlessConfig."
        )


def is_for_arm(name: str) -> bool:
    """Say whether a repository and tag name an image for Graviton."""
    return bool(ARM.search(name))


def is_graviton(instance_type_or_family: str) -> bool:
    """Say whether an instance type, or a family, has a processor of the Arm architecture."""
    return bool(GRAVITON.fullmatch(instance_type_or_family))


def _check_processor(uri: str, name: str, instance_type: str, *, is_of_aws: bool) -> None:
    has, needs = ("arm64", "x86_64") if is_for_arm(name) else ("x86_64", "arm64")
    is_known = is_of_aws or is_for_arm(name) or bool(X86.search(name))
    if is_known and is_for_arm(name) != is_graviton(instance_type):
        raise ImageProcessorMismatch(
            f"ImageUri is {uri}, an image for {has}, but InstanceType {instance_type} needs one for {needs}: use "
            "another InstanceType or image."
        )


def _instance_types(variant: Mapping[str, Any]) -> list[str]:
    pools = variant.get("InstancePools", [variant] if "InstanceType" in variant else [])
    return [str(pool["InstanceType"]) for pool in pools]
