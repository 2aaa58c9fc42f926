"""CreateEndpointConfig: the hosting settings under a content-addressed name."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.create_endpoint_config import EndpointConfig, create_endpoint_config


@task_handler
def handler(request: Request, services: Services) -> EndpointConfig:
    """Take {Plan, Artifact, Model, Execution}; return the configuration's name and ARN."""
    plan, artifact, model = request["Plan"], request["Artifact"], request["Model"]
    execution = request["Execution"]
    return create_endpoint_config(plan, model["ModelName"], artifact, execution, services.sagemaker, services.settings)
