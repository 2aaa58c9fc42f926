"""Deploy a model from Python: the same checks, upload and workflow as `slipway deploy`."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, overload

from slipway.batch.plan_transform import name_stem
from slipway.planning.contract.schema import deployment_schema, transform_schema
from slipway_cli.sdk.contract import check_input, image_of, with_default_hosting
from slipway_cli.sdk.endpoints import list_endpoints
from slipway_cli.sdk.preparation import checked_model, is_local, with_archive
from slipway_cli.sdk.target import Target, TargetChoice, find_target
from slipway_cli.sdk.transform_input import transform_request
from slipway_cli.sdk.transforms import Transforms
from slipway_cli.sdk.uploads import is_uploaded, upload
from slipway_python.deployments import Deployment, Endpoint, start
from slipway_python.spelling import pascal, snake
from slipway_python.transform_job import TransformJob

# Where a shorter argument is usual, as on the command line.
SHORT = {"name": "EndpointName", "instance_count": "InitialInstanceCount", "env": "Environment"}
TRANSFORM_SHORT = {"name": "TransformJobName", "env": "Environment"}
TRANSFORM_MEMBERS = {
    "instance_type": ("TransformResources", "InstanceType"),
    "instance_count": ("TransformResources", "InstanceCount"),
    "content_type": ("TransformInput", "ContentType"),
    "output": ("TransformOutput", "S3OutputPath"),
}
CHOICE = ("profile", "region", "stack", "local")


@overload
def deploy(
    model: str | Path | None = ..., *, config: Mapping[str, Any] | None = ..., wait: Literal[True] = ..., **fields: Any
) -> Endpoint: ...


@overload
def deploy(
    model: str | Path | None = ..., *, config: Mapping[str, Any] | None = ..., wait: Literal[False], **fields: Any
) -> Deployment: ...


def deploy(
    model: str | Path | None = None, *, config: Mapping[str, Any] | None = None, wait: bool = True, **fields: Any
) -> Endpoint | Deployment:
    """Deploy a model and return its `Endpoint`; with `wait=False` the `Deployment`, whose `wait()` returns it.

    `model` is an archive, a folder, a model file or an S3 URI; None where the input needs none. The fields of the
    input are keyword arguments in snake case (`framework`, `instance_type`, `auto_scaling`; `name` is EndpointName;
    `tags` may be a dict) or SageMaker's names in `config`; arguments win. `profile`, `region`, `stack` and `local=True`
    choose the stack, as the options of the command do; AWS_ENDPOINT_URL is read too. Input, layout and image are
    checked before the upload.

    Raises `DeploymentFailed` or `DeploymentSuperseded` when it ends so, and before it starts an `InputRefused`, an
    `ArtifactRefused`, an `ImageRefused`, `ModelNotFound`, or `Unreachable`.
    """
    choice = TargetChoice(**{name: fields.pop(name) for name in CHOICE if name in fields})
    request = {**(config or {}), **{field_of(name): value for name, value in fields.items() if value is not None}}
    if isinstance(request.get("Tags"), Mapping):
        request["Tags"] = [{"Key": key, "Value": value} for key, value in request["Tags"].items()]
    if model is not None and not is_local(model):
        request["ModelDataUrl"] = str(model)
    target, request = _ready(request, Path(model) if model is not None and is_local(model) else None, choice)
    deployment = start(target, request)
    return deployment.wait() if wait else deployment


def transform(
    model: str | Path | None = None,
    data: str | Path | None = None,
    *,
    config: Mapping[str, Any] | None = None,
    wait: bool = True,
    **fields: Any,
) -> TransformJob:
    """Transform a data set with a model as a batch job, without an endpoint, and return the `TransformJob`.

    `model` is an archive, a folder, a model file or an S3 URI, and `data` a file, a folder or an `s3://` prefix: local
    ones are uploaded. The fields of the input are keyword arguments in snake case (`framework`, `data_processing`;
    `name` is TransformJobName, `instance_type` and `instance_count` are those of TransformResources, `content_type` is
    TransformInput's and `output` is S3OutputPath), or SageMaker's names in `config`; arguments win. The stack is chosen
    as by `deploy`. The same model and data again find the job that was started first.

    Raises `TransformFailed` when it ends so, and before it starts an `InputRefused`, an `ArtifactRefused`, an
    `ImageRefused`, `ModelNotFound`, `DataNotFound`, or `Unreachable`.
    """
    choice = TargetChoice(**{name: fields.pop(name) for name in CHOICE if name in fields})
    document = _transform_document(config or {}, fields)
    target = find_target(choice)
    with tempfile.TemporaryDirectory(prefix="slipway-batch-") as folder:
        request = transform_request(document, Path(folder), model, data)
        request.image(target.region)
        for warning in request.archive.warnings if request.archive else ():
            warnings.warn(warning, stacklevel=2)
        document = request.uploaded(target)
    arn = Transforms(target).start(document, name_stem(document), datetime.now(UTC))
    job = TransformJob(target, arn)
    if wait:
        job.wait()
    return job


def _transform_document(config: Mapping[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return the input of a transform job, of which some arguments are members of structures."""
    document, known = {**config}, {snake(name): name for name in transform_schema()["properties"]}
    for argument, value in fields.items():
        if value is None:
            continue
        if argument in TRANSFORM_MEMBERS:
            structure, member = TRANSFORM_MEMBERS[argument]
            document[structure] = {**document.get(structure, {}), member: value}
        else:
            document[known.get(argument) or TRANSFORM_SHORT.get(argument) or pascal(argument)] = value
    if isinstance(document.get("Tags"), Mapping):
        document["Tags"] = [{"Key": key, "Value": value} for key, value in document["Tags"].items()]
    return document


def endpoints(**choice: Any) -> list[Endpoint]:
    """Return the endpoints of a stack, by name. `profile`, `region`, `stack` and `local` choose the stack."""
    target = find_target(TargetChoice(**choice))
    return [Endpoint(target, one.name) for one in list_endpoints(target)]


def endpoint(name: str, **choice: Any) -> Endpoint:
    """Return an endpoint by its name, which need not exist: a deleted one can be woken."""
    return Endpoint(find_target(TargetChoice(**choice)), name)


def field_of(argument: str) -> str:
    """Return the field of the contract that a keyword argument stands for: `VolumeSizeInGB` for `volume_size_in_gb`.

    What stands for none is returned in SageMaker's spelling, so that the contract refuses it with the nearest field.
    """
    known = {snake(name): name for name in deployment_schema()["properties"]} | SHORT
    return known.get(argument) or pascal(argument)


def _ready(request: dict[str, Any], model: Path | None, choice: TargetChoice) -> tuple[Target, dict[str, Any]]:
    """Return the stack and the checked input, whose archive was uploaded."""
    with tempfile.TemporaryDirectory(prefix="slipway-deploy-") as folder:
        checked, archive = checked_model(request, model, Path(folder)) if model else (check_input(request), None)
        target = find_target(choice)
        image_of(with_default_hosting(checked, target), target.region)
        if archive is None:
            return target, checked
        for warning in archive.warnings:
            warnings.warn(warning, stacklevel=3)
        if not is_uploaded(target, archive):
            upload(target, archive, lambda _: None)
        return target, with_archive(checked, target, archive)
