"""InspectArtifact: everything about the archive and the account that would otherwise fail ten minutes later."""

from slipway.bootstrap import Services
from slipway.domain.plan import Artifact
from slipway.entry_point import Request, entry_point
from slipway.use_cases.inspect_artifact import inspect_artifact


@entry_point
def handler(request: Request, services: Services) -> Artifact:
    """Take {Plan, Execution}; return the artifact, pinned by its ETag."""
    return inspect_artifact(
        request["Plan"], services.archives, services.execution_roles, services.instance_quotas, services.settings
    )
