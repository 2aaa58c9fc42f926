"""WriteMissingResult: results of uploads whose end no state of the workflow sees. EventBridge calls it."""

from slipway.deployment.measurement import Measurement
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Event, event_handler
from slipway.outcomes.write_missing_result import write_missing_result


@event_handler
def handler(event: Event, services: Services) -> list[Measurement]:
    """Take Step Functions' `Step Functions Execution Status Change`, or S3's `Object Created`; measure nothing."""
    write_missing_result(event, services.result_files, services.settings)
    return []
