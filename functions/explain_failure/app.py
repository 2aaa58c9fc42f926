"""ExplainFailure: name the cause, give the remedy, show the log lines that prove it."""

from slipway.deployment.deployment import Deployment
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.failure.explain_failure import Explanation, FailedDeployment, explain_failure
from slipway.failure.fired_alarms import with_fired_alarms
from slipway.failure.other_config import Change, resolve_other_config


@task_handler
def handler(request: Request, services: Services) -> Explanation:
    """Take {Failure, Plan, Artifact, LogsOf, Alarms, Execution} and the fields of `Change`; explain it."""
    deployment, since = Deployment.of(request, services.settings), request["Since"]
    failure, fired = with_fired_alarms(
        resolve_other_config(request["Failure"], deployment, Change.of(request), services.sagemaker),
        request["Plan"],
        request["Alarms"],
        since,
        services.alarm_history,
    )
    failed = FailedDeployment(failure, request["Plan"] or None, deployment.artifact, since, request["LogsOf"], fired)
    return explain_failure(failed, services.log_tails, services.archives.current_etag)
