"""What SageMaker does as the execution role, and so what that role has to be allowed, by the feature that asks for it.

An action and its resource are a pair of texts, as `slipway_local.ports.Roles` takes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

Needed = list[tuple[str, str]]
# "How to use SageMaker AI execution roles", CreateModel API: what every role passed to CreateModel needs of ECR.
# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
PULL_IMAGE = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
# The same page: "If you specify a private VPC for your model, add the following permissions".
ATTACH_TO_VPC = (
    "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcs",
    "ec2:DescribeDhcpOptions", "ec2:DescribeSubnets", "ec2:DescribeSecurityGroups",
)  # fmt: skip
IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<repository>[^:@\s]+).*"
)


def of_image(image: str) -> Needed:
    """Return what pulling an image takes; nothing for one of a registry in a VPC."""
    found = IMAGE.fullmatch(image)
    if found is None:
        return []
    repository = f"arn:aws:ecr:{found['region']}:{found['account']}:repository/{found['repository']}"
    return [("ecr:GetAuthorizationToken", "*"), *((action, repository) for action in PULL_IMAGE)]


def of_network(request: Mapping[str, Any]) -> Needed:
    """Return what a model's VpcConfig takes; the page's policy names no resource."""
    return [(action, "*") for action in ATTACH_TO_VPC] if "VpcConfig" in request else []


def of_alarms(arns: Iterable[str]) -> Needed:
    """Return what the alarms of an AutoRollbackConfiguration take.

    "Ensure that your IAM execution role has permission to perform the cloudwatch:DescribeAlarms action on the
    auto-rollback alarms you specify":
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    """
    return [("cloudwatch:DescribeAlarms", arn) for arn in arns]
