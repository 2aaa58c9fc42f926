"""DeleteIdleEndpoints: delete endpoints that are not used, announce it, and tidy up. EventBridge Scheduler calls it."""

from slipway.cleanup.delete_idle_endpoints import DeleteIdleEndpoints
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Seconds, schedule_handler


@schedule_handler
def handler(services: Services, seconds_left: Seconds) -> DeleteIdleEndpoints:
    """Take anything; return the run's report."""
    return DeleteIdleEndpoints(services.cleanup_run(seconds_left))
