"""ConfigureScaling: the scaling of an endpoint that is InService."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.configure_scaling import ConfigureScalingOutput, configure_scaling


@task_handler
def handler(request: Request, services: Services) -> ConfigureScalingOutput:
    """Take {Plan, AutoScaling, Execution}; return what is scaled."""
    name = request["Plan"]["EndpointName"]
    return configure_scaling(name, request["AutoScaling"], services.sagemaker, services.scaling)
