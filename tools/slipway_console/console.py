"""The console's composition: authentication, views and their paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from slipway_cli.sdk.target import LOOPBACK
from slipway_console.application import Application, View
from slipway_console.auth import Auth
from slipway_console.changes import Changes
from slipway_console.connection import Connection
from slipway_console.deployments import Deployments
from slipway_console.endpoints import Endpoints
from slipway_console.executions import Executions
from slipway_console.rollouts import RolloutViews


def console(auth: Auth, connection: Connection) -> Application:
    """Return the application for authenticated requests."""
    return Application(auth, connection.reset, views(connection))


def views(connection: Connection) -> Mapping[tuple[str, str], View]:
    """Return the views by method and path."""
    endpoints, executions, deployments = Endpoints(connection), Executions(connection), Deployments(connection)
    changes, rollouts = Changes(connection), RolloutViews(connection)
    return {
        ("GET", "/api/target"): lambda _: _where(connection),
        ("GET", "/api/endpoints"): endpoints.list,
        ("GET", "/api/endpoints/<name>"): endpoints.show,
        ("POST", "/api/endpoints/<name>/invocations"): endpoints.invoke,
        ("GET", "/api/endpoints/<name>/history"): changes.history,
        ("GET", "/api/endpoints/<name>/log"): changes.log,
        ("POST", "/api/endpoints/<name>/rollback"): changes.rollback,
        ("POST", "/api/endpoints/<name>/scale"): changes.scale,
        ("DELETE", "/api/endpoints/<name>"): changes.delete,
        ("GET", "/api/executions"): executions.list,
        ("GET", "/api/executions/<name>"): executions.show,
        ("GET", "/api/executions/<name>/workflow"): executions.workflow,
        ("GET", "/api/choices"): deployments.choices,
        ("GET", "/api/rollouts"): rollouts.list,
        ("GET", "/api/rollouts/<name>"): rollouts.show,
        ("POST", "/api/rollouts/<name>/stop"): rollouts.stop,
        ("POST", "/api/rollouts/<name>/redrive"): rollouts.redrive,
        ("PUT", "/api/archives/<endpoint_name>/<file_name>"): deployments.upload,
        ("POST", "/api/executions"): deployments.start,
    }


def _where(connection: Connection) -> dict[str, Any]:
    target = connection.target()
    host = urlsplit(target.endpoint_url or "").hostname
    return {
        "Stack": target.stack,
        "Region": target.region,
        "EndpointUrl": target.endpoint_url,
        "IsLocal": host in LOOPBACK,
        "ModelBucket": target.model_bucket,
    }
