"""CreateEndpoint: create it, update it, or find that there is nothing to do."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.check_prefix import check_prefix
from slipway.hosting.create_endpoint import CreateEndpointOutput, HostingServices, create_endpoint
from slipway.preflight.uploaded_endpoints import check_created_endpoint


@task_handler
def handler(request: Request, services: Services) -> CreateEndpointOutput:
    """Take {Plan, Artifact, EndpointConfig, IsProven, Execution}; return what was done, or what is waited for."""
    deployment, config = Deployment.of(request, services.settings), request["EndpointConfig"]
    check_prefix(deployment, services.sagemaker, services.archives)
    aws = HostingServices(services.sagemaker, services.scaling, services.alarm_states, services.describe_execution)
    return check_created_endpoint(
        deployment.plan,
        create_endpoint(deployment, config["EndpointConfigName"], config.get("EndpointConfigArn"), aws),
        services.endpoint_tags,
        services.settings,
    )
