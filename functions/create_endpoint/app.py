"""CreateEndpoint: create it, update it, or find that there is nothing to do."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.create_endpoint import CreateEndpoint
from slipway.hosting.endpoint_outcome import Endpoint


@task_handler
def handler(request: Request, services: Services) -> Endpoint:
    """Take {Plan, Artifact, EndpointConfig, Execution}; return what was done, or that the endpoint is busy."""
    plan, config, artifact = request["Plan"], request["EndpointConfig"], request["Artifact"] or None
    execution, scaling = request["Execution"], services.scaling
    return CreateEndpoint(plan, config, artifact, execution, services.sagemaker, scaling, services.settings)()
