"""DeleteIdleEndpoints: delete what nobody uses, tell of it, and tidy up. EventBridge Scheduler calls it."""

from slipway.bootstrap import Services
from slipway.scheduled import Seconds, scheduled
from slipway.use_cases.delete_idle_endpoints import DeleteIdleEndpoints
from slipway.use_cases.idle_scope import idle_policy


@scheduled
def handler(services: Services, seconds_left: Seconds) -> DeleteIdleEndpoints:
    """Take anything; return the run's report."""
    settings = services.settings
    return DeleteIdleEndpoints(services.idle_cleanup, idle_policy(settings), services.clock(seconds_left), settings)
