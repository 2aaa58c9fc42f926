"""Endpoints as JSON documents: what `slipway endpoints --json` and the console's API return."""

from __future__ import annotations

from typing import Any

from slipway.deployment.scaling_tag import in_words
from slipway.deployment.tags import AUTO_SCALING, CANDIDATE_OF, STACK
from slipway.prices import Prices
from slipway_cli.sdk.costs import hourly_cost
from slipway_cli.sdk.endpoints import Endpoint


def endpoint_json(endpoint: Endpoint, prices: Prices) -> dict[str, Any]:
    """Return an endpoint's fields under SageMaker's names, where it has them."""
    return {
        "EndpointName": endpoint.name,
        "EndpointArn": endpoint.arn,
        "EndpointStatus": endpoint.status,
        "Stack": endpoint.tags.get(STACK),
        "CandidateOf": endpoint.tags.get(CANDIDATE_OF),
        "EndpointConfigName": endpoint.config_name,
        "PendingEndpointConfigName": endpoint.pending_config,
        "Kind": endpoint.kind,
        "Variants": [
            {"VariantName": one.variant, "InstanceType": one.instance_type, "CurrentInstanceCount": one.instance_count}
            for one in endpoint.hosting
        ],
        "AutoScaling": in_words(endpoint.tags.get(AUTO_SCALING, "")),
        "EstimatedCostPerHour": hourly_cost(endpoint, prices),
        "Artifact": endpoint.artifact,
        "CreationTime": endpoint.created,
        "LastModifiedTime": endpoint.modified,
        "FailureReason": endpoint.failure_reason,
    }
