"""PlanTransform: turn the input of a transform job into one validated plan.

The model is planned as a deployment's: the plan has the same parts, under the name that the model's name begins with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slipway.batch.cost import transform_price
from slipway.batch.uploaded_data import document_of_data, with_output
from slipway.deployment.escaping import quoted, quoted_name
from slipway.deployment.limits import check_plan
from slipway.deployment.plan import Execution, Plan, is_prefix
from slipway.deployment.settings import Settings
from slipway.errors import FieldInvalid, FieldsConflict
from slipway.planning.contract.schema import TRANSFORM_SCHEMA_FILE, check
from slipway.planning.model_source import Sources
from slipway.planning.plan_deployment import plan_document
from slipway.planning.uploads import ReadSideFile, is_upload_event, upload_of
from slipway.prices import load_prices

# The members of CreateTransformJob that are taken as they are.
REQUEST_FIELDS = (
    "TransformInput",
    "TransformOutput",
    "TransformResources",
    "BatchStrategy",
    "MaxPayloadInMB",
    "MaxConcurrentTransforms",
    "ModelClientConfig",
    "DataProcessing",
)
OWN_FIELDS = (*REQUEST_FIELDS, "TransformJobName")
DEADLINE_MINUTES = 480  # a job has no bound of its own, and hours are usual
MAX_STEM = 40  # characters; with the digest and an attempt's number a name stays below SageMaker's 63
MAX_PAYLOAD = 100  # MB, of a request and of all that an instance gets at a time (API, CreateTransformJob)
DEFAULT_PAYLOAD = 6
MAX_INSTANCES = 100  # API, TransformResources.InstanceCount
MAX_ENVIRONMENT = 16  # entries (API, CreateTransformJob.Environment)
DATA_TYPES = ("S3Prefix", "ManifestFile")  # API, TransformS3DataSource: AugmentedManifestFile is not supported
JOINED = ("text/csv", "application/json", "application/jsonlines")
CSV = "text/csv"


def plan_transform(
    request: object, execution: Execution, read_side_file: ReadSideFile, sources: Sources, settings: Settings
) -> Plan:
    """Return the plan for the input of a transform job, or for an S3 `Object Created` event of its data.

    Raises an `InputRefused` that names the field, a `SourceRefused`, or a `LimitExceeded`; nothing was created by then.
    """
    if is_upload_event(request):
        assert isinstance(request, Mapping)
        upload = upload_of(request)
        document = with_output(check_transform(document_of_data(upload, read_side_file, settings)), upload)
        stem = _as_name(upload.data_name)
    else:
        document = check_transform(request)
        stem = name_stem(document)
    return _plan(document, stem, execution, sources, settings)


def _plan(document: dict[str, Any], stem: str, execution: Execution, sources: Sources, settings: Settings) -> Plan:
    resources = document["TransformResources"]
    deployment = {
        **{name: value for name, value in document.items() if name not in OWN_FIELDS},
        "EndpointName": stem,
        "InstanceType": resources["InstanceType"],
        "InitialInstanceCount": resources["InstanceCount"],
        "DeadlineMinutes": document.get("DeadlineMinutes", DEADLINE_MINUTES),
    }
    plan = plan_document(deployment, execution, sources, settings)
    if "Artifact" in plan and is_prefix(plan["Artifact"]):
        raise FieldInvalid(
            f"The model {quoted_name(plan['Artifact']['Key'])} is a prefix, but batch transform takes one .tar.gz: "
            "SageMaker does not support ModelDataSource there; pack the model."
        )
    if "ModelAccessConfig" in plan:
        raise FieldInvalid(
            "ModelDataSource.S3DataSource.ModelAccessConfig is not for a transform job, whose model SageMaker takes by "
            "ModelDataUrl: remove it."
        )
    plan["Transform"] = {name: document[name] for name in REQUEST_FIELDS if name in document}
    if "TransformJobName" in document:
        plan["TransformJobName"] = document["TransformJobName"]
    price = transform_price(resources, load_prices(settings.prices))
    if price:
        plan["TransformPrice"] = dict(price)
    check_plan(plan, settings.limits)
    return plan


def check_transform(request: object) -> dict[str, Any]:
    """Return the input of a transform job if it keeps the contract. Raises an `InputRefused`."""
    document = check(request, TRANSFORM_SCHEMA_FILE)
    _check_rules(document)
    return document


def name_stem(document: Mapping[str, Any]) -> str:
    """Return what the names of the model and the job begin with: the job's, or the source's."""
    source = document.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri") or document.get("ModelDataUrl")
    found = document.get("TransformJobName") or document.get("TrainingJobName") or _file_name(source or "")
    return _as_name(found)


def _as_name(text: str) -> str:
    return re.sub("[^a-zA-Z0-9]+", "-", text).strip("-")[:MAX_STEM].rstrip("-") or "transform"


def _file_name(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2].removesuffix(".tar.gz")


def _check_rules(document: Mapping[str, Any]) -> None:
    """Check what AWS documents in sentences."""
    count = document["TransformResources"]["InstanceCount"]
    if count > MAX_INSTANCES:
        raise FieldInvalid(f"TransformResources.InstanceCount is {count}, but must be at most {MAX_INSTANCES}.")
    if len(document.get("Environment", {})) > MAX_ENVIRONMENT:
        raise FieldInvalid(f"Environment must have at most {MAX_ENVIRONMENT} entries for a transform job.")
    kind = document["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"]
    if kind not in DATA_TYPES:
        raise FieldInvalid(f"S3DataType is {quoted(kind)}, but must be {' or '.join(DATA_TYPES)} for a transform job.")
    for where, uri in uris_of(document):
        if not uri.startswith("s3://"):
            raise FieldInvalid(f"{where} is {quoted(uri)}, but must be an s3:// URI.")
    _check_payload(document)
    _check_processing(document)


def uris_of(transform: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the places of a transform job's data, each with its field."""
    return [
        (
            "TransformInput.DataSource.S3DataSource.S3Uri",
            transform["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"],
        ),
        ("TransformOutput.S3OutputPath", transform["TransformOutput"]["S3OutputPath"]),
    ]


def _check_payload(document: Mapping[str, Any]) -> None:
    payload = document.get("MaxPayloadInMB", DEFAULT_PAYLOAD)
    concurrent = document.get("MaxConcurrentTransforms", 0)
    if payload > MAX_PAYLOAD:
        raise FieldInvalid(f"MaxPayloadInMB is {payload}, but must be at most {MAX_PAYLOAD}.")
    if payload * concurrent > MAX_PAYLOAD:
        raise FieldsConflict(
            f"MaxConcurrentTransforms {concurrent} and MaxPayloadInMB {payload} need {payload * concurrent} MB at a "
            f"time, but their product must be at most {MAX_PAYLOAD}: lower one of the two."
        )


def _check_processing(document: Mapping[str, Any]) -> None:
    # DG "Associate Prediction Results with Input Records": "you must set both the Content Type and Accept parameters";
    # "If you set input and output formats to text/csv, you must also set the SplitType and AssemblyType ... to line".
    wanted = document.get("DataProcessing", {})
    plain = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    if {**plain, **wanted} == plain:
        return
    given, stored = document["TransformInput"], document["TransformOutput"]
    kinds = {given.get("ContentType"), stored.get("Accept")}
    if len(kinds) > 1 or not kinds <= set(JOINED):
        raise FieldsConflict(
            "DataProcessing needs TransformInput.ContentType and TransformOutput.Accept to be the same of "
            f"{', '.join(JOINED)}: set both."
        )
    if kinds == {CSV} and (given.get("SplitType"), stored.get("AssembleWith")) != ("Line", "Line"):
        raise FieldsConflict(
            "DataProcessing of text/csv needs TransformInput.SplitType and TransformOutput.AssembleWith: set both to "
            "Line."
        )
