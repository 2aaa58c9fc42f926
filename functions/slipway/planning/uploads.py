"""An upload to the model bucket, as EventBridge reports it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.deployment.escaping import quoted
from slipway.errors import FieldInvalid, InputNotAnObject, UploadEventInvalid
from slipway.planning.contract.json_text import parse_json

ARCHIVE_KEY = re.compile(r"models/(?P<endpoint_name>[^/]+)/.+\.tar\.gz")
SIDE_FILE = "deployment.json"
DATA_KEY = re.compile(r"batch/(?P<name>.+?)/input/(?P<object>.+)", re.DOTALL)
DATA_FOLDER = "batch/"
DATA_SIDE_FILE = "batch.json"
# What becomes part of tags and comparisons: hexadecimal, but for versions, which are opaque (S3 user guide, "Event
# message structure").
FORMS = {
    "sequencer": re.compile(r"[0-9A-Fa-f]{1,128}"),
    "etag": re.compile(r"[0-9A-Za-z-]{1,128}"),
    "version-id": re.compile(r"[\x21-\x7e]{1,1024}"),
}


# The content of a side file, by bucket and key. Raises `NotFound`, or `FieldInvalid` for one over the size limit.
ReadSideFile = Callable[[str, str], bytes]


@dataclass(frozen=True)
class Upload:
    """One uploaded object: a model's archive, or data of a transform job.

    `version_id` is absent on buckets without versioning, the last two on some events.
    """

    bucket: str
    key: str
    version_id: str | None
    etag: str | None
    sequencer: str | None

    @property
    def endpoint_name(self) -> str:
        """Return the endpoint that the key names: `models/<EndpointName>/<anything>.tar.gz`.

        Raises `FieldInvalid` for any other key.
        """
        match = ARCHIVE_KEY.fullmatch(self.key)
        if not match:
            raise FieldInvalid(
                f"The object key is {quoted(self.key)}, but must be models/<EndpointName>/<anything>.tar.gz; "
                "write for example models/my-endpoint/model.tar.gz."
            )
        return match["endpoint_name"]

    @property
    def side_file_keys(self) -> tuple[str, ...]:
        """Return where the upload's side file may be: beside the archive, and else `models/<EndpointName>/`."""
        folders = (self.key.rpartition("/")[0], f"models/{self.endpoint_name}")
        return tuple(dict.fromkeys(f"{folder}/{SIDE_FILE}" for folder in folders))

    @property
    def data_name(self) -> str:
        """Return the name of the data: `batch/<name>/input/<object>`. Raises `FieldInvalid` for any other key."""
        return self._data["name"]

    @property
    def data_object(self) -> str:
        """Return the part of the data's key below `input/`. Raises `FieldInvalid` for any other key."""
        return self._data["object"]

    @property
    def _data(self) -> re.Match[str]:
        match = DATA_KEY.fullmatch(self.key)
        if not match:
            raise FieldInvalid(
                f"The object key is {quoted(self.key)}, but must be batch/<name>/input/<object>; "
                "write for example batch/digits/input/rows.csv."
            )
        return match

    @property
    def uri(self) -> str:
        """Return the object's S3 URI."""
        return f"s3://{self.bucket}/{self.key}"


def is_upload_event(document: object) -> bool:
    """Say whether an execution was started by EventBridge for an object in S3."""
    return isinstance(document, Mapping) and document.get("source") == "aws.s3" and "detail-type" in document


def upload_of(event: Mapping[str, Any]) -> Upload:
    """Return the upload of an `Object Created` event. Raises `UploadEventInvalid`."""
    if event["detail-type"] != "Object Created":
        raise UploadEventInvalid(
            f'The event of source aws.s3 is {quoted(event["detail-type"])}, but must be "Object Created".'
        )
    detail = event.get("detail")
    try:
        bucket, item = detail["bucket"]["name"], detail["object"]  # type: ignore[index]
        upload = Upload(bucket, item["key"], item.get("version-id"), item.get("etag"), item.get("sequencer"))
    except (AttributeError, KeyError, TypeError):
        raise UploadEventInvalid(
            "The event of source aws.s3 names no object: start executions with an EventBridge "
            '"Object Created" event, as events/s3/object_created.json shows, or with a deployment input.'
        ) from None
    parts = (upload.bucket, upload.key, upload.version_id or "", upload.etag or "", upload.sequencer or "")
    if not all(isinstance(part, str) for part in parts):
        raise UploadEventInvalid("The event's bucket.name, object.key, version-id, etag and sequencer must be strings.")
    for name, form in FORMS.items():
        if not form.fullmatch(item.get(name) or "0"):
            raise UploadEventInvalid(
                f"The event's object.{name} is {quoted(item[name])}, which S3 does not write: send the event as "
                "EventBridge does, as events/s3/object_created.json shows."
            )
    return upload


def parsed_side_file(key: str, text: bytes) -> dict[str, Any]:
    """Return what a side file holds. Raises `InputNotAnObject`."""
    try:
        document = parse_json(text)
    except ValueError as broken:
        raise InputNotAnObject(f"{key} is not JSON: {broken}; fix it and upload again.") from None
    if not isinstance(document, dict):
        raise InputNotAnObject(f"{key} is not a JSON object; write for example {{}}.")
    return document
