"""What is found made is wanted again: mark it so, before it can be taken for old."""

from __future__ import annotations

from slipway.aws.sagemaker import SageMaker, Tags
from slipway.deployment.ordering import REQUESTED_AT
from slipway.deployment.tags import ENDPOINT


def refresh_requested_at(arn: str, tags: Tags, sagemaker: SageMaker) -> None:
    """Move a model's or configuration's `slipway:requested-at` on to this deployment's, and name its endpoint.

    RemoveOldVersions of another execution leaves alone what was wanted after its own deployment; a configuration that
    is redeployed to another endpoint is that endpoint's from then on. What Slipway did not make is not marked.
    """
    ours = {tag["Key"]: tag["Value"] for tag in tags}
    found = sagemaker.tags(arn)
    if ENDPOINT in found and found.get(REQUESTED_AT, "") < ours[REQUESTED_AT]:
        sagemaker.add_tags(arn, [{"Key": key, "Value": ours[key]} for key in (ENDPOINT, REQUESTED_AT)])
