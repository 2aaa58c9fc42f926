"""The history of an endpoint, its log, and what can be done to it from the page."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.wrappers import Request

from slipway_cli.sdk.endpoints import describe_endpoint
from slipway_cli.sdk.logs import EndpointLog
from slipway_cli.sdk.removal import Remover
from slipway_cli.sdk.start import start_deployment
from slipway_cli.sdk.version_history import Deployment, deployments_of
from slipway_cli.sdk.versions import fixed_size, rollback_request, scaling_request, version_named, versions_of
from slipway_console.connection import Connection

EXECUTIONS = 50  # the newest, among which those of the endpoint are searched
LOG_LINES, LOG_SPAN = 200, timedelta(hours=1)


class Changes:
    """One endpoint's versions, and the requests of its page's buttons."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def history(self, _request: Request, name: str) -> dict[str, Any]:
        """Return the deployments of an endpoint, the newest first."""
        return {"Deployments": [_fields(one) for one in deployments_of(self._connection.target(), name, EXECUTIONS)]}

    def log(self, _request: Request, name: str) -> dict[str, Any]:
        """Return the last lines of the containers' log. Raises `EndpointNotFound` or `NothingLogged`."""
        lines = EndpointLog(self._connection.target(), name).lines(datetime.now(UTC) - LOG_SPAN)
        return {"Lines": [line.message for line in deque(lines, maxlen=LOG_LINES)]}

    def rollback(self, request: Request, name: str) -> dict[str, str]:
        """Put the version of the request's body back into service, also of a deleted endpoint.

        Raises `VersionNotFound`.
        """
        target, wanted = self._connection.target(), str(request.get_json()["EndpointConfigName"])
        versions = versions_of(target, name)
        redeployment = rollback_request(name, version_named(name, wanted, versions), versions, with_size=False)
        return _started(start_deployment(target, redeployment))

    def scale(self, request: Request, name: str) -> dict[str, str]:
        """Give an endpoint the number of instances in the request's body. Raises `InputRefused`."""
        target = self._connection.target()
        scaling = fixed_size(request.get_json()["Instances"])
        return _started(start_deployment(target, scaling_request(describe_endpoint(target, name), scaling)))

    def delete(self, _request: Request, name: str) -> dict[str, Any]:
        """Delete an endpoint; its versions stay. Raises `NothingToDelete`, `OfAnotherStack` or `EndpointChanging`."""
        remover = Remover(self._connection.target())
        return {"Deleted": list(remover.remove(remover.plan(name, all_versions=False)))}


def _started(arn: str) -> dict[str, str]:
    return {"Name": arn.rpartition(":")[2]}


def _fields(deployment: Deployment) -> dict[str, Any]:
    return {
        "StartedAt": deployment.when,
        "Outcome": deployment.outcome,
        "HasFailed": deployment.has_failed,
        "EndpointConfigName": deployment.config_name,
        "State": deployment.state,
        "Artifact": deployment.artifact,
        "Digest": deployment.digest,
        "Image": deployment.image,
        "Hosting": deployment.hosting,
        "StartedBy": deployment.started_by,
        "Message": deployment.message,
        "Name": deployment.execution.rsplit(":", 1)[-1],
    }
