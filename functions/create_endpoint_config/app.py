"""CreateEndpointConfig: the hosting settings under a content-addressed name."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.create_endpoint_config import CreateEndpointConfigOutput, create_endpoint_config


@task_handler
def handler(request: Request, services: Services) -> CreateEndpointConfigOutput:
    """Take {Plan, Artifact, Model, Execution}; return the configuration's name and ARN."""
    deployment = Deployment.of(request, services.settings)
    return create_endpoint_config(deployment, request["Model"]["Models"], services.sagemaker)
