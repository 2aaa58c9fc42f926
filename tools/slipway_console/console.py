"""The console put together: the gate, the views, and the addresses that they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from slipway_cli.sdk.target import LOOPBACK
from slipway_console.application import Application, View
from slipway_console.connection import Connection
from slipway_console.deploying import Deploying
from slipway_console.endpoints import Endpoints
from slipway_console.executions import Executions
from slipway_console.gate import Gate


def console(gate: Gate, connection: Connection) -> Application:
    """Return the application that shows what is connected to those whom the gate lets in."""
    return Application(gate, connection, views(connection))


def views(connection: Connection) -> Mapping[tuple[str, str], View]:
    """Return what is answered, by method and path."""
    endpoints, executions, deploying = Endpoints(connection), Executions(connection), Deploying(connection)
    return {
        ("GET", "/api/target"): lambda _: _where(connection),
        ("GET", "/api/endpoints"): endpoints.list,
        ("GET", "/api/endpoints/<name>"): endpoints.show,
        ("POST", "/api/endpoints/<name>/invocations"): endpoints.invoke,
        ("GET", "/api/executions"): executions.list,
        ("GET", "/api/executions/<name>"): executions.show,
        ("GET", "/api/executions/<name>/workflow"): executions.workflow,
        ("GET", "/api/frameworks"): deploying.frameworks,
        ("PUT", "/api/archives/<endpoint_name>/<file_name>"): deploying.upload,
        ("POST", "/api/executions"): deploying.start,
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
