"""Names and ARNs of SageMaker's resources. SageMaker writes the names in its ARNs in lower case."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.deployment.names import DIGEST_LENGTH, stem_of
from slipway.deployment.tags import ENDPOINT


def config_arn_beside(endpoint_arn: str, endpoint_name: str, config_name: str) -> str:
    """Return the ARN of a configuration in an endpoint's account and region, its name written as the endpoint's is."""
    prefix, _, shown = endpoint_arn.rpartition(":endpoint/")
    return f"{prefix}:endpoint-config/{config_name if shown == endpoint_name else config_name.lower()}"


def kind_of(arn: str) -> str:
    """Return `endpoint-config` for a configuration, and the like."""
    return arn.rpartition("/")[0].rpartition(":")[2]


def name_of(arn: str, tags: Mapping[str, str]) -> str:
    """Return the name of a model or configuration of ours: the ARN's, spelled in the case of its endpoint's name."""
    shown = arn.rpartition("/")[2]
    ours = f"{stem_of(tags.get(ENDPOINT, ''))}-{shown[-DIGEST_LENGTH:]}"
    return ours if ours.lower() == shown.lower() else shown
