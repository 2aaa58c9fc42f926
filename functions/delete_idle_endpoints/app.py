"""DeleteIdleEndpoints: delete what nobody uses, tell of it, and tidy up. EventBridge Scheduler calls it."""

from slipway.cleanup.delete_idle_endpoints import DeleteIdleEndpoints
from slipway.cleanup.scope import idle_policy
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Seconds, schedule_handler


@schedule_handler
def handler(services: Services, seconds_left: Seconds) -> DeleteIdleEndpoints:
    """Take anything; return the run's report."""
    settings = services.settings
    return DeleteIdleEndpoints(services.idle_cleanup, idle_policy(settings), services.clock(seconds_left), settings)
