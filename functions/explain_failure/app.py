"""ExplainFailure: name the cause, give the remedy, show the log lines that prove it."""

from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.failure.explain_failure import Explanation, explain_failure


@task_handler
def handler(request: Request, services: Services) -> Explanation:
    """Take {Failure, Plan, Artifact, Since, Execution}; return the explanation."""
    plan, artifact = request["Plan"] or None, request["Artifact"] or None
    since = request["Since"]
    return explain_failure(request["Failure"], plan, artifact, since, services.endpoint_logs, services.archives)
