"""ResolveImage: framework, version, region and instance type become one exact registry path."""

from slipway.bootstrap import Services
from slipway.entry_point import Request, entry_point
from slipway.use_cases.resolve_image import Image, resolve_image_of


@entry_point
def handler(request: Request, services: Services) -> Image:
    """Take {Plan, Execution}; return the image."""
    return resolve_image_of(request["Plan"], services.settings)
