"""Newest wins: whether what an endpoint serves was requested after a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_reader import TagReader
from slipway.deployment.endpoint_status import MIXED
from slipway.deployment.ordering import is_newer
from slipway.errors import NotFound


def is_newer_in_place(requested_at: str, endpoint: Mapping[str, Any], sagemaker: SageMaker, tags: TagReader) -> bool:
    """Say whether the endpoint serves what was requested after `requested_at`, a tag's value.

    The configuration that serves says when it was requested; the endpoint does too, and knows of redeployments. That of
    an endpoint whose update and rollback failed may be the one that failed, so that only the endpoint's tags count.
    """
    if endpoint["EndpointStatus"] == MIXED:
        return is_newer(tags.of(str(endpoint["EndpointArn"])), requested_at)
    both = tags.of(str(endpoint["EndpointArn"])), tags_of_serving_config(endpoint, sagemaker, tags)
    return any(is_newer(found, requested_at) for found in both)


def tags_of_serving_config(endpoint: Mapping[str, Any], sagemaker: SageMaker, tags: TagReader) -> Mapping[str, str]:
    """Return the tags of the configuration that serves; none where it was removed while the endpoint serves it."""
    try:
        return tags.of(sagemaker.describe_endpoint_config(endpoint["EndpointConfigName"])["EndpointConfigArn"])
    except NotFound:
        return {}
