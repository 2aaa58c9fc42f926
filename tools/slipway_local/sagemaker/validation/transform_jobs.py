"""What CreateTransformJob refuses beyond the shapes of its request.

Each function quotes its source; where AWS's words are not published, the texts are ours, in its form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slipway_local.sagemaker.errors import refused
from slipway_local.sagemaker.validation.documented import LOCAL_DISKS, check_environments
from slipway_local.transform.data_processing import CONTENT_TYPES, CSV
from slipway_local.transform.job import processing_of
from slipway_local.transform.json_path import PathInvalid

MAX_PAYLOAD = MAX_TOTAL_PAYLOAD = 100  # megabytes
MAX_INSTANCES = 100
MAX_ENVIRONMENT = 16
SUPPORTED_DATA = ("S3Prefix", "ManifestFile")
Request = Mapping[str, Any]


def check_transform_job(request: Request) -> None:
    """Check a CreateTransformJob request."""
    _check_payload(request)
    _check_resources(request["TransformResources"])
    # "We support up to 16 key and values entries in the map."
    if len(request.get("Environment", {})) > MAX_ENVIRONMENT:
        raise refused(f"Environment must have at most {MAX_ENVIRONMENT} entries.")
    check_environments([request])
    # API, TransformS3DataSource.S3DataType: "The following value is not supported: AugmentedManifestFile". What
    # Converse is for is not documented.
    kind = request["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"]
    if kind not in SUPPORTED_DATA:
        raise refused(f"S3DataType {kind} is not supported for transform jobs: use S3Prefix or ManifestFile.")
    if "DataProcessing" in request:
        _check_processing(request)


def check_transformed_model(containers: Sequence[Request]) -> None:
    """Check that a model is one that batch transform runs.

    API, ContainerDefinition.ModelDataSource: "Currently you cannot use ModelDataSource in conjunction with SageMaker
    batch transform". DG "Supported features": no multi-model containers.
    """
    for container in containers:
        if "ModelDataSource" in container:
            raise refused("Batch transform is not supported with ModelDataSource.")
        if container.get("Mode") == "MultiModel":
            raise refused("Batch transform is not supported with a multi-model container.")
    if len(containers) > 1:
        raise refused("The local SageMaker cannot transform with inference pipelines (more than one container).")


def _check_payload(request: Request) -> None:
    # "The value of MaxPayloadInMB cannot be greater than 100 MB. If you specify the MaxConcurrentTransforms parameter,
    # the value of (MaxConcurrentTransforms * MaxPayloadInMB) also cannot exceed 100 MB."
    payload, concurrent = request.get("MaxPayloadInMB", 6), request.get("MaxConcurrentTransforms", 0)
    if payload > MAX_PAYLOAD:
        raise refused(f"MaxPayloadInMB must be at most {MAX_PAYLOAD}.")
    if payload * concurrent > MAX_TOTAL_PAYLOAD:
        raise refused(f"MaxConcurrentTransforms * MaxPayloadInMB must be at most {MAX_TOTAL_PAYLOAD} MB.")


def _check_resources(resources: Request) -> None:
    # "The default value is 1, and the maximum is 100." - "You can't request a VolumeKmsKeyId when using an instance
    # type with local storage."
    if resources["InstanceCount"] > MAX_INSTANCES:
        raise refused(f"InstanceCount must be at most {MAX_INSTANCES}.")
    if "VolumeKmsKeyId" in resources and LOCAL_DISKS.fullmatch(resources["InstanceType"]):
        raise refused("VolumeKmsKeyId is not allowed for an instance type with local storage.")


def _check_processing(request: Request) -> None:
    # DG "Associate Prediction Results with Input Records": "you must set both the Content Type and Accept parameters to
    # one of the following values"; "If you set input and output formats to text/csv, you must also set the SplitType
    # and AssemblyType parameters to line"; "For CSV data ... only index based JSONPaths can be applied".
    try:
        processing = processing_of(request)
    except PathInvalid as error:
        raise refused(f"The JSONPath expression {error}") from error
    if processing.is_plain:
        return
    given, wanted = request["TransformInput"], request["TransformOutput"]
    content_type = processing.content_type
    if content_type not in CONTENT_TYPES or wanted.get("Accept") != content_type:
        raise refused(f"DataProcessing requires ContentType and Accept to be the same of {', '.join(CONTENT_TYPES)}.")
    if content_type != CSV:
        return
    if given.get("SplitType") != "Line" or wanted.get("AssembleWith") != "Line":
        raise refused("DataProcessing of text/csv requires SplitType and AssembleWith to be Line.")
    if not (processing.input_filter.has_only_numbers and processing.output_filter.has_only_numbers):
        raise refused("DataProcessing of text/csv supports index based JSONPath expressions only.")
