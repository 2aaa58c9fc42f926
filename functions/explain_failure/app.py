"""ExplainFailure: name the cause, give the remedy, show the log lines that prove it."""

from slipway.bootstrap import Services
from slipway.entry_point import Request, entry_point
from slipway.use_cases.explain_failure import Explanation, explain_failure


@entry_point
def handler(request: Request, services: Services) -> Explanation:
    """Take {Failure, Plan, Artifact, Execution}; return the explanation."""
    plan, artifact = request["Plan"] or None, request["Artifact"] or None
    started = request["Execution"]["StartTime"]
    return explain_failure(request["Failure"], plan, artifact, started, services.endpoint_logs, services.archives)
