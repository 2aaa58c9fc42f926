"""CreateEndpointConfig: the hosting settings under a content-addressed name."""

from slipway.bootstrap import Services
from slipway.entry_point import Request, entry_point
from slipway.use_cases.create_endpoint_config import EndpointConfig, create_endpoint_config


@entry_point
def handler(request: Request, services: Services) -> EndpointConfig:
    """Take {Plan, Artifact, Model, Execution}; return the configuration's name and ARN."""
    plan, artifact, model = request["Plan"], request["Artifact"], request["Model"]
    execution = request["Execution"]
    return create_endpoint_config(plan, model["ModelName"], artifact, execution, services.sagemaker, services.settings)
