"""Write the manifest of a rollout: a new image version for endpoints with a tag, or the versions before a rollout."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.deployment.tags import EXECUTION
from slipway.planning.uploads import is_upload_event
from slipway.versions.version import wake_input
from slipway_cli.sdk.endpoints import Endpoint, list_endpoints
from slipway_cli.sdk.errors import ClientError, ExecutionNotFound
from slipway_cli.sdk.executions import describe_execution, execution_of
from slipway_cli.sdk.rollouts import Rollout
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.versions import NothingToRollBackTo, previous_version, versions_of

CHANGED = ("Created", "Updated", "Redeployed")


class NothingToRollOut(ClientError):
    """No endpoint is to be changed."""


@dataclass(frozen=True)
class Manifest:
    """The lines of a manifest, and why other endpoints have none."""

    lines: list[dict[str, Any]]
    left_out: list[tuple[str, str]]

    def write(self, file: Path) -> None:
        """Write the lines as JSON Lines. Raises `NothingToRollOut` where there is none."""
        if not self.lines:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in self.left_out) or "no endpoint matches"
            raise NothingToRollOut(f"There is nothing to roll out ({reasons}).")
        file.write_text("".join(f"{json.dumps(line)}\n" for line in self.lines), encoding="utf-8")


def upgrade(target: Target, framework: str, version: str, where: Mapping[str, str]) -> Manifest:
    """Return the inputs of the stack's endpoints of a framework with these tags, each with another version of it."""
    stepfunctions = target.client("stepfunctions")

    def line(endpoint: Endpoint) -> dict[str, Any] | str:
        request = _request(stepfunctions, endpoint)
        if request is None:
            return "Step Functions does not have the execution that deployed it any more"
        if is_upload_event(request):
            return f"an upload deployed it: set FrameworkVersion in models/{endpoint.name}/deployment.json"
        if "EndpointConfigName" in request:
            return "its last deployment was a rollback, a waking or a scaling, which names no Framework: write its line"
        if request.get("Framework") != framework:
            return f"its Framework is {request.get('Framework', 'not set')}"
        if request.get("FrameworkVersion") == version:
            return f"it has {version} already"
        return {**request, "FrameworkVersion": version}

    endpoints = (one for one in list_endpoints(target) if where.items() <= one.tags.items())
    return _manifest(endpoints, line, lambda endpoint: endpoint.name)


def rollback(target: Target, rollout: Rollout) -> Manifest:
    """Return, for what a rollout updated, the version that served before."""

    def line(deployed: tuple[str, str]) -> dict[str, Any] | str:
        name, outcome = deployed
        if outcome not in CHANGED:
            return f"{outcome}: the rollout did not change it"
        if outcome == "Created":
            return "the rollout created it: delete it with slipway delete"
        try:
            return dict(wake_input(name, previous_version(name, versions_of(target, name)).config_name))
        except NothingToRollBackTo as none:
            return str(none)

    return _manifest(rollout.results.deployed.items(), line, lambda deployed: deployed[0])


def _manifest(
    found: Iterable[Any], line: Callable[[Any], dict[str, Any] | str], name: Callable[[Any], str]
) -> Manifest:
    lines, left_out = [], []
    for one in found:
        made = line(one)
        if isinstance(made, str):
            left_out.append((name(one), made))
        else:
            lines.append(made)
    return Manifest(lines, left_out)


def _request(stepfunctions: Any, endpoint: Endpoint) -> Mapping[str, Any] | None:
    """Return the input of the deployment that an endpoint's tag names."""
    arn = endpoint.tags.get(EXECUTION)
    if arn is None:
        return None
    try:
        return execution_of(describe_execution(stepfunctions, arn)).request
    except ExecutionNotFound:
        return None
