"""Names shortened for tables; JSON has them whole."""

from __future__ import annotations

import re

from slipway.deployment.names import DIGEST_LENGTH

DIGEST = re.compile(rf"-([0-9a-f]{{{DIGEST_LENGTH}}})$")
NOTHING = "-"


def short_version(config_name: str) -> str:
    """Return the digest at the end of a configuration's name, or the whole name if Slipway did not create it."""
    found = DIGEST.search(config_name)
    return found[1] if found else config_name or NOTHING


def short_image(images: str) -> str:
    """Return the repository and the tag of registry paths, without `sagemaker-`: `scikit-learn:1.2-1-cpu-py3`."""
    return " ".join(one.rpartition("/")[2].removeprefix("sagemaker-") for one in images.split()) or NOTHING


def short_artifact(artifact: str) -> str:
    """Return the file of an archive's URI without its S3 version, or the name and version of a model package."""
    if artifact.startswith("arn:"):
        return "/".join(artifact.rsplit("/", 2)[-2:])
    return artifact.rsplit("/", 1)[-1].split("@", 1)[0] or NOTHING
