"""The transform job of an upload to `batch/<name>/input/`, with its fields in `batch/<name>/batch.json`.

Each uploaded object starts a job of its own. A manifest is one object, whose job transforms the objects in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.deployment.escaping import quoted, quoted_name
from slipway.deployment.limits import OUTPUT_PREFIX, check_side_file
from slipway.deployment.settings import Settings
from slipway.errors import FieldMissing, FieldsConflict, NotFound
from slipway.planning.uploads import DATA_FOLDER, DATA_SIDE_FILE, ReadSideFile, Upload, parsed_side_file


def document_of_data(upload: Upload, read_side_file: ReadSideFile, settings: Settings) -> dict[str, Any]:
    """Return the input of the job that transforms uploaded data, whose contract is checked by the caller.

    Raises an `InputRefused` or `HostingLocked`.
    """
    key = _side_file_key(upload)
    try:
        given = parsed_side_file(key, read_side_file(upload.bucket, key))
    except NotFound:
        raise FieldMissing(
            f"There is no {quoted_name(key)}, which says what transforms the data: upload it with at least a model and "
            "its Framework, and then the data again."
        ) from None
    check_side_file(given, key, settings.limits)
    if "TransformJobName" in given:
        raise FieldsConflict(f"TransformJobName in {quoted_name(key)} would name the jobs of all uploads: remove it.")
    return _with_defaults(given, _defaults(upload, settings))


def with_output(document: dict[str, Any], upload: Upload) -> dict[str, Any]:
    """Return the input with S3OutputPath for one object: its output is `<S3OutputPath>/<object>.out`, folders included.

    Raises `FieldsConflict` for other data than the upload, and for an output that would start another job.
    """
    key = quoted_name(_side_file_key(upload))
    uri = document["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    if uri != upload.uri:
        raise FieldsConflict(f"S3Uri in {key} is {quoted(uri)}, but the upload is the data: remove S3Uri.")
    path = document["TransformOutput"]["S3OutputPath"].rstrip("/")
    if f"{path}/".startswith(f"s3://{upload.bucket}/{DATA_FOLDER}"):
        raise FieldsConflict(
            f"S3OutputPath in {key} is below {DATA_FOLDER}, where an output would count as an upload: write a prefix "
            f"below {OUTPUT_PREFIX}, or remove S3OutputPath."
        )
    folder = upload.data_object.rpartition("/")[0]
    output = {**document["TransformOutput"], "S3OutputPath": f"{path}/{folder}" if folder else path}
    return {**document, "TransformOutput": output}


def _side_file_key(upload: Upload) -> str:
    return f"{DATA_FOLDER}{upload.data_name}/{DATA_SIDE_FILE}"


def _defaults(upload: Upload, settings: Settings) -> dict[str, Any]:
    kind = settings.default_instance_type
    return {
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": upload.uri}}},
        "TransformOutput": {"S3OutputPath": f"s3://{upload.bucket}/{OUTPUT_PREFIX}{upload.data_name}"},
        "TransformResources": {**({"InstanceType": kind} if kind else {}), "InstanceCount": 1},
    }


def _with_defaults(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**defaults, **given}
    for name, default in defaults.items():
        if isinstance(default, dict) and isinstance(merged[name], dict):
            merged[name] = _with_defaults(merged[name], default)
    return merged
