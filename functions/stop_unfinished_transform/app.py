"""StopUnfinishedTransform: stop the job of an execution that was stopped or timed out. EventBridge calls it."""

from slipway.batch.stop_unfinished_transform import stop_unfinished_transform
from slipway.deployment.measurement import Measurement
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Event, event_handler


@event_handler
def handler(event: Event, services: Services) -> list[Measurement]:
    """Take Step Functions' `Step Functions Execution Status Change`; measure nothing."""
    stop_unfinished_transform(event, services.transform_jobs)
    return []
