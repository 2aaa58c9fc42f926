"""What CreateModel asks of a container's image before anything is pulled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slipway_local.sagemaker.errors import refused

_ECR = re.compile(
    r"\d{12}\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z.]+/(?P<repository>[^:@\s]+)(?P<version>[:@]\S+)?"
)


def check_image(container: Mapping[str, Any], region: str) -> None:
    """Raise `SageMakerError` for an image of another region, without tag or digest, or outside ECR.

    Whether the image exists is not known here: AWS finds that out while the endpoint is created.
    """
    image = str(container["Image"])
    found = _ECR.fullmatch(image)
    if found is None:
        if container.get("ImageConfig", {}).get("RepositoryAccessMode") != "Vpc":
            raise refused(f'Using non-ECR image "{image}" without Vpc repository access mode is not supported.')
        return
    if found["region"] != region:
        raise refused(
            f'Region of "{image}" does not match expected region of {region}. '
            "Cross region ECR image pulls are not allowed."
        )
    if found["version"] is None:
        raise refused(f'ECR image "{image}" is invalid.')
