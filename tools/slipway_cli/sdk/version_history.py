"""What happened to an endpoint: its deployments, from executions, and from the tags of versions, which outlive them.

Step Functions keeps an execution for 90 days after its end; a version's tags stay as long as the version does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slipway.aws.sagemaker import Boto3SageMaker
from slipway.deployment.tags import IDLE_DELETED_AT, IDLE_SINCE, MESSAGE
from slipway.errors import NotFound
from slipway.planning.uploads import is_upload_event
from slipway.versions.version import Version, is_to_be_announced
from slipway_cli.sdk.endpoints import find_endpoint
from slipway_cli.sdk.execution_search import executions_of
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import Target
from slipway_cli.sdk.versions import AT_ONCE, hosting_of, versions_of

KEPT, REMOVED = "Kept", "Removed"
DIGEST_LENGTH = 8  # hexadecimal digits: enough to distinguish the archives of one endpoint


@dataclass(frozen=True)
class Deployment:
    """One deployment. `state` is Serving, Pending, Kept or Removed, and empty where it left no version.

    `outcome` is that of the execution (Created, Updated, ... or the error's name), Deployed where the execution is
    forgotten, or DeletedIdle. `started_by` is what started it (upload, execution, redeployment, scaling, idle cleanup),
    and `who` the account or principal that uploaded, where S3's event says it. `digest` is the beginning of the
    archive's ETag. Hosting, image and digest are those of a version that is kept, and hosting is what it runs on now
    where it serves; the image is known longer.
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
    hosting: str = ""
    image: str = ""
    digest: str = ""
    message: str = ""


@dataclass(frozen=True)
class LoadedModel:
    """What a model is made of: the images of its containers, and the digest of the archive of the first."""

    images: tuple[str, ...]
    digest: str = ""


def deployments_of(target: Target, endpoint_name: str, most: int) -> list[Deployment]:
    """Return the deployments of an endpoint among the `most` newest executions, and its older versions, newest first.

    The version that serves now is marked at the deployment that put it in place.
    """
    versions = versions_of(target, endpoint_name)
    executions = list(executions_of(target, endpoint_name, most))
    found = merged(versions, executions, models_of(target, versions))
    endpoint = find_endpoint(target, endpoint_name)
    return [replace(one, hosting=endpoint.runs_on) if endpoint and one.state == "Serving" else one for one in found]


def models_of(target: Target, versions: Iterable[Version]) -> dict[str, LoadedModel]:
    """Return the models of versions by their names, without those that were deleted."""
    sagemaker = Boto3SageMaker(target.client("sagemaker"))

    def read(name: str) -> LoadedModel | None:
        try:
            return loaded_model(sagemaker.describe_model(name))
        except NotFound:
            return None

    names = list(dict.fromkeys(model for version in versions for model in version.models))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {name: found for name, found in zip(names, pool.map(read, names), strict=True) if found}


def loaded_model(described: Mapping[str, Any]) -> LoadedModel:
    """Return what DescribeModel says of a model; that of a model package may name no image."""
    containers = described.get("Containers") or [described.get("PrimaryContainer", {})]
    source = containers[0].get("ModelDataSource", {}).get("S3DataSource", {})
    images = tuple(one["Image"] for one in containers if "Image" in one)
    return LoadedModel(images, source.get("ETag", "").strip('"')[:DIGEST_LENGTH])


def merged(
    versions: list[Version], executions: Iterable[Execution], models: Mapping[str, LoadedModel] | None = None
) -> list[Deployment]:
    """Return versions, executions and idle deletions as deployments, newest first."""
    by_config = {version.config_name: version for version in versions}
    by_execution = {version.execution: version for version in versions}
    found = [_of_execution(one, by_config, by_execution) for one in executions]
    known = {deployment.config_name for deployment in found}
    found += [_of_tags(version) for version in versions if version.config_name not in known]
    found += [
        _of_idle_deletion(one) for one in versions if IDLE_DELETED_AT in one.tags and not is_to_be_announced(one.tags)
    ]
    found.sort(key=lambda deployment: deployment.when, reverse=True)
    described = (_described(one, by_config.get(one.config_name), models or {}) for one in _with_artifacts(found))
    return list(_marked_once(described))


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
        started_by=_started_by(execution.request),
        who=_requester(execution.request),
        execution=execution.arn,
        has_failed=bool(execution.explanation),
        image=str(execution.output.get("ImageUri", "")),
        message=str(execution.request.get("Message", "") or (made.tags.get(MESSAGE, "") if made else "")),
    )


def _started_by(request: Mapping[str, Any]) -> str:
    if is_upload_event(request):
        return "upload"
    if "EndpointConfigName" not in request:
        return "execution"
    return "scaling" if "AutoScaling" in request else "redeployment"


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
        message=version.tags.get(MESSAGE, ""),
    )


def _of_idle_deletion(version: Version) -> Deployment:
    since = version.tags.get(IDLE_SINCE, "")
    return Deployment(
        when=datetime.fromisoformat(version.tags[IDLE_DELETED_AT]),
        outcome="DeletedIdle",
        config_name=version.config_name,
        artifact=version.artifact,
        state="",
        started_by="idle cleanup",
        execution="",
        message=f"not used since {since[:16].replace('T', ' ')} UTC" if since else "",
    )


def _described(deployment: Deployment, version: Version | None, models: Mapping[str, LoadedModel]) -> Deployment:
    """Add what a version that is kept runs on, and what its models are made of."""
    if version is None:
        return deployment
    loaded = [models[name] for name in version.models if name in models]
    images = dict.fromkeys(image for one in loaded for image in one.images)
    digests = dict.fromkeys(one.digest for one in loaded if one.digest)
    image, digest = " ".join(images) or deployment.image, " ".join(digests)
    return replace(deployment, hosting=hosting_of(version.variants), image=image, digest=digest)


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
