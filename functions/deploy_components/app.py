"""DeployComponents: the inference components of an endpoint that is InService."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.deploy_components import ComponentServices, Progress, deploy_components


@task_handler
def handler(request: Request, services: Services) -> Progress:
    """Take {Plan, Artifact, EndpointConfig, Model, Components, Execution}; return what is there and what is left."""
    deployment = Deployment.of(request, services.settings)
    config_name, models = request["EndpointConfig"]["EndpointConfigName"], request["Model"]["Models"]
    aws = ComponentServices(services.sagemaker, services.components)
    return deploy_components(deployment, config_name, models, request["Components"], aws)
