"""RecordOutcome: how a deployment ended, as metrics. EventBridge calls it, whichever way the execution ended."""

from slipway.deployment.measurement import Measurement
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Event, event_handler
from slipway.outcomes.record_outcome import record_outcome


@event_handler
def handler(event: Event, _services: Services) -> list[Measurement]:
    """Take Step Functions' `Step Functions Execution Status Change`; return the metrics of the deployment."""
    return record_outcome(event)
