"""ResolveImage: framework, version, region and instance type become one exact registry path."""

from slipway.deployment.plan import PlannedImage
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.images.plan_image import resolve_image_of


@task_handler
def handler(request: Request, services: Services) -> PlannedImage:
    """Take {Plan, Execution}; return the image."""
    return resolve_image_of(request["Plan"], services.settings)
