"""Endpoints that this stack did not deploy: taken over only where the stack's owner allows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.aws.sagemaker import SageMaker
from slipway.aws.tag_reader import TagReader
from slipway.deployment.deployment import Deployment
from slipway.deployment.tags import STACK
from slipway.errors import EndpointNotOurs, NotFound

REFUSED, ON_REQUEST = "Refused", "OnRequest"  # values of the parameter AdoptEndpoints; the third is Allowed


def check_adoption(
    deployment: Deployment, config_name: str, endpoint: Mapping[str, Any], sagemaker: SageMaker, tags: TagReader
) -> list[str]:
    """Return warnings about an endpoint that is taken over. Raises `EndpointNotOurs`."""
    name, settings = deployment.endpoint_name, deployment.settings
    if tags.of(endpoint["EndpointArn"]).get(STACK) == settings.stack_name:
        return []
    if settings.adopt_endpoints == REFUSED:
        remedy = "set the stack's parameter AdoptEndpoints to OnRequest or Allowed to take it over"
    elif settings.adopt_endpoints == ON_REQUEST and not deployment.plan.get("Adopt"):
        remedy = "write Adopt: true to take it over"
    else:
        return [_warning(name, endpoint["EndpointConfigName"], config_name, sagemaker)]
    raise EndpointNotOurs(
        f"EndpointName is {name}, and the stack {settings.stack_name} did not deploy the endpoint of that name: choose "
        f"another name, or {remedy}."
    )


def _warning(name: str, before: str, after: str, sagemaker: SageMaker) -> str:
    changes = _changes(_described(before, sagemaker), _described(after, sagemaker))
    return (
        f"Endpoint {name} was not deployed by this stack and is taken over: {changes}. What served before is the "
        f'configuration {before}; {{"EndpointName": "{name}", "EndpointConfigName": "{before}"}} puts it back.'
    )


def _described(config_name: str, sagemaker: SageMaker) -> Mapping[str, Any]:
    try:
        return sagemaker.describe_endpoint_config(config_name)
    except NotFound:
        return {}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    return f"{_shown(before)} becomes {_shown(after)}"


def _shown(config: Mapping[str, Any]) -> str:
    return " and ".join(map(_variant, config.get("ProductionVariants", []))) or "a configuration that is gone"


def _variant(variant: Mapping[str, Any]) -> str:
    instances = "serverless"
    if "ServerlessConfig" not in variant:
        pools = "/".join(pool["InstanceType"] for pool in variant.get("InstancePools", []))
        instances = f"{variant.get('InitialInstanceCount', 1)} x {variant.get('InstanceType') or pools}"
    return f"variant {variant['VariantName']} with {variant.get('ModelName', 'no model')} on {instances}"
