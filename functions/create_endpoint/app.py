"""CreateEndpoint: create it, update it, or find that there is nothing to do."""

from slipway.bootstrap import Services
from slipway.entry_point import Request, entry_point
from slipway.use_cases.create_endpoint import CreateEndpoint
from slipway.use_cases.endpoint_outcome import Endpoint


@entry_point
def handler(request: Request, services: Services) -> Endpoint:
    """Take {Plan, Artifact, EndpointConfig, Execution}; return what was done, or that the endpoint is busy."""
    plan, config, artifact = request["Plan"], request["EndpointConfig"], request["Artifact"] or None
    execution, scaling = request["Execution"], services.scaling
    return CreateEndpoint(plan, config, artifact, execution, services.sagemaker, scaling, services.settings)()
