"""RecordOutcome: how a deployment ended, as metrics. EventBridge calls it, whichever way the execution ended."""

from slipway.domain.measurement import Measurement
from slipway.on_event import Event, on_event
from slipway.use_cases.record_outcome import record_outcome


@on_event
def handler(event: Event) -> list[Measurement]:
    """Take Step Functions' `Step Functions Execution Status Change`; return the metrics of the deployment."""
    return record_outcome(event)
