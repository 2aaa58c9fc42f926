"""StartTriggeredDeployment: an approved model package version, or a completed training job. EventBridge calls it."""

from slipway.deployment.measurement import Measurement
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Event, event_handler
from slipway.triggers.start_triggered_deployment import TriggerAws, start_triggered_deployment


@event_handler
def handler(event: Event, services: Services) -> list[Measurement]:
    """Take SageMaker's event of a model package or a training job; measure nothing."""
    aws = TriggerAws(services.sources, services.triggered, services.sagemaker.tags, services.read_side_file)
    start_triggered_deployment(event, aws, services.settings)
    return []
