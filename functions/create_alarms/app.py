"""CreateAlarms: the alarms that AWS rolls updates of the endpoint back for."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.hosting.create_alarms import CreateAlarmsOutput, create_alarms


@task_handler
def handler(request: Request, services: Services) -> CreateAlarmsOutput:
    """Take {Plan, Execution}; return the names of the alarms."""
    return create_alarms(request["Plan"], services.sagemaker, services.alarms, services.alarm_states)
