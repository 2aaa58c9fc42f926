"""What exists already is requested again: mark it so, before it can be taken for old, or for a failed execution's."""

from __future__ import annotations

from slipway.aws.sagemaker import SageMaker, Tags
from slipway.deployment.ordering import REQUESTED_AT
from slipway.deployment.tags import ENDPOINT, EXECUTION, REQUESTED_BY


def refresh_requested_at(arn: str, tags: Tags, sagemaker: SageMaker) -> None:
    """Move `slipway:requested-at` of a model or configuration on to this deployment's, with its execution and endpoint.

    Other executions leave alone what was requested after their own deployment, and only the last one that requested it
    removes it when it fails. A configuration that is redeployed to another endpoint is that endpoint's from then on.
    What Slipway did not create is not marked.
    """
    ours = {tag["Key"]: tag["Value"] for tag in tags}
    ours[REQUESTED_BY] = ours[EXECUTION]
    found = sagemaker.tags(arn)
    if ENDPOINT in found and found.get(REQUESTED_AT, "") < ours[REQUESTED_AT]:
        sagemaker.add_tags(arn, [{"Key": key, "Value": ours[key]} for key in (ENDPOINT, REQUESTED_AT, REQUESTED_BY)])
