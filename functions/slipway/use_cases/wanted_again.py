"""What is found made is wanted again: mark it so, before it can be taken for old."""

from __future__ import annotations

from slipway.domain.ordering import WANTED_AT
from slipway.domain.tags import ENDPOINT
from slipway.use_cases.sagemaker_port import SageMaker, Tags


def mark_wanted_again(arn: str, tags: Tags, sagemaker: SageMaker) -> None:
    """Move a model's or configuration's `slipway:wanted-at` on to this deployment's, and name its endpoint.

    RemoveOldVersions of another execution leaves alone what was wanted after its own deployment; a configuration that
    is redeployed to another endpoint is that endpoint's from then on. What Slipway did not make is not marked.
    """
    ours = {tag["Key"]: tag["Value"] for tag in tags}
    found = sagemaker.tags(arn)
    if ENDPOINT in found and found.get(WANTED_AT, "") < ours[WANTED_AT]:
        sagemaker.add_tags(arn, [{"Key": key, "Value": ours[key]} for key in (ENDPOINT, WANTED_AT)])
