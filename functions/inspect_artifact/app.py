"""InspectArtifact: everything about the archive and the account that would otherwise fail ten minutes later."""

from slipway.deployment.plan import Artifact
from slipway.entrypoints.bootstrap import Services
from slipway.entrypoints.handlers import Request, task_handler
from slipway.preflight.check_candidate import check_candidate
from slipway.preflight.check_transition import check_transition
from slipway.preflight.inspect_artifact import inspect_artifact
from slipway.preflight.uploaded_endpoints import check_new_upload


@task_handler
def handler(request: Request, services: Services) -> Artifact:
    """Take {Plan, Execution}; return the artifact, pinned by its ETag."""
    plan = check_new_upload(
        check_candidate(request["Plan"], services.sagemaker, services.instance_quota),
        services.endpoint_tags,
        services.settings,
    )
    artifact = inspect_artifact(
        plan, services.archives, services.trust_policy_of, services.instance_quota, services.settings
    )
    return {
        **artifact,
        "Warnings": [*artifact["Warnings"], *check_transition(plan, services.sagemaker, services.alarm_states)],
    }
