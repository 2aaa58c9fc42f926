"""What happened to an endpoint: its deployments, from executions, and from the tags of versions, which outlive them.

Step Functions keeps an execution for 90 days after its end; a version's tags stay as long as the version does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slipway.planning.uploads import is_upload_event
from slipway.versions.version import Version
from slipway_cli.sdk.execution_search import executions_of
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.versions import versions_of

KEPT, REMOVED = "Kept", "Removed"


@dataclass(frozen=True)
class Deployment:
    """One deployment. `state` is Serving, Pending, Kept or Removed, and empty where it left no version.

    `outcome` is that of the execution (Created, Updated, ... or the error's name), or Deployed where the execution is
    forgotten; `started_by` is what started it, an upload or an execution, and `who` the account or principal that
    uploaded, where S3's event says it.
    """

    when: datetime
    outcome: str
    config_name: str
    artifact: str
    state: str
    started_by: str
    execution: str
    who: str = ""
    has_failed: bool = False


def deployments_of(target: Target, endpoint_name: str, most: int) -> list[Deployment]:
    """Return the deployments of an endpoint among the `most` newest executions, and its older versions, newest first.

    The version that serves now is marked at the deployment that put it in place.
    """
    versions = versions_of(target, endpoint_name)
    executions = list(executions_of(target, endpoint_name, most))
    return merged(versions, executions)


def merged(versions: list[Version], executions: Iterable[Execution]) -> list[Deployment]:
    """Return versions and executions as deployments, newest first."""
    by_config = {version.config_name: version for version in versions}
    by_execution = {version.execution: version for version in versions}
    found = [_of_execution(one, by_config, by_execution) for one in executions]
    known = {deployment.config_name for deployment in found}
    found += [_of_tags(version) for version in versions if version.config_name not in known]
    found.sort(key=lambda deployment: deployment.when, reverse=True)
    return list(_marked_once(_with_artifacts(found)))


def _of_execution(
    execution: Execution, by_config: Mapping[str, Version], by_execution: Mapping[str, Version]
) -> Deployment:
    made = by_execution.get(execution.arn)
    config_name = str(execution.output.get("EndpointConfigName") or (made.config_name if made else ""))
    version = by_config.get(config_name)
    return Deployment(
        when=execution.started,
        outcome=execution.error or execution.outcome,
        config_name=config_name,
        artifact=version.artifact if version else _requested_artifact(execution.request),
        state=(version.state or KEPT) if version else (REMOVED if config_name else ""),
        started_by="upload" if is_upload_event(execution.request) else "execution",
        who=_requester(execution.request),
        execution=execution.arn,
        has_failed=bool(execution.explanation),
    )


def _of_tags(version: Version) -> Deployment:
    when = datetime.fromisoformat(version.deployed_at) if version.deployed_at else version.created
    return Deployment(
        when=when,
        outcome="Deployed" if version.in_service_at else "",
        config_name=version.config_name,
        artifact=version.artifact,
        state=version.state or KEPT,
        started_by="",
        execution=version.execution,
    )


def _with_artifacts(deployments: list[Deployment]) -> list[Deployment]:
    """Say what a redeployment of a version that is gone was made of, where the deployment that made it is known."""
    artifacts = {one.config_name: one.artifact for one in deployments if one.config_name and one.artifact}
    return [replace(one, artifact=one.artifact or artifacts.get(one.config_name, "")) for one in deployments]


def _marked_once(deployments: Iterable[Deployment]) -> Iterator[Deployment]:
    """Say of older deployments of a version that is in place only that it is kept: the newest one put it there."""
    seen: set[str] = set()
    for deployment in deployments:
        if deployment.config_name in seen and deployment.state not in ("", REMOVED):
            yield replace(deployment, state=KEPT)
        else:
            yield deployment
        seen.add(deployment.config_name)


def _requested_artifact(request: Mapping[str, Any]) -> str:
    if is_upload_event(request):
        detail = request.get("detail", {})
        return f"s3://{detail.get('bucket', {}).get('name', '')}/{detail.get('object', {}).get('key', '')}"
    named = (request.get(name) for name in ("ModelDataUrl", "ModelPackageArn", "TrainingJobName"))
    inner = (_requested_artifact(one) for name in ("ProductionVariants", "Containers") for one in _inner(request, name))
    return next((str(value) for value in named if value), "") or " ".join(filter(None, inner))


def _inner(request: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = request.get(name)  # of any shape: the input may have been refused
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _requester(request: Mapping[str, Any]) -> str:
    return str(request.get("detail", {}).get("requester", "")) if is_upload_event(request) else ""
