"""WriteMissingResult: store how uploads ended whose end no state of the workflow sees.

These are executions that were stopped, that timed out or that Step Functions itself failed, and objects that start no
execution. EventBridge sends both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slipway.deployment.escaping import quoted_name
from slipway.deployment.settings import Settings
from slipway.deployment.timestamps import format_instant
from slipway.errors import UploadNotDeployed
from slipway.outcomes.record_outcome import ABORTED, FAILED, TIMED_OUT, UNSUCCESSFUL
from slipway.outcomes.result_file import (
    DATA_RESULT_FILE,
    RESULT_FILE,
    Document,
    ResultFiles,
    result_key,
    result_of,
    write_result,
)
from slipway.planning.uploads import (
    ARCHIVE_KEY,
    DATA_FOLDER,
    DATA_KEY,
    DATA_SIDE_FILE,
    SIDE_FILE,
    is_upload_event,
    upload_of,
)

FOLDER = "models/"
# A console makes a folder as an empty object whose key ends with a slash: it has no name.
NOT_STRAY = ("", SIDE_FILE, RESULT_FILE, DATA_SIDE_FILE, DATA_RESULT_FILE)
DATA_RESULTS = re.compile(r"batch/.+?/results/.*", re.DOTALL)
MESSAGES = {
    ABORTED: "The execution was stopped before it ended.",
    TIMED_OUT: "The execution reached the time limit of the state machine.",
    FAILED: "Step Functions ended the execution.",
}
HINT = "Upload it again; its execution also removes what this one left."
ARCHIVE_HINT = (
    "Pack the model with slipway pack, or with tar -czf model.tar.gz -C <model directory> . and upload it as "
    "models/<EndpointName>/model.tar.gz."
)
DATA_HINT = "Upload it as batch/<name>/input/<object>, with the job's fields in batch/<name>/batch.json."


def write_missing_result(event: Mapping[str, Any], files: ResultFiles, settings: Settings) -> None:
    """Write the result for an event of Step Functions or S3, if there is one to write. Raises what writing raises."""
    if is_upload_event(event):
        _write_note(event, files, settings)
    else:
        _write_end(event["detail"], files, settings)


def _write_note(event: Mapping[str, Any], files: ResultFiles, settings: Settings) -> None:
    upload = upload_of(event)
    is_empty = event["detail"]["object"].get("size") == 0
    if upload.bucket != settings.model_bucket or not _is_stray(upload.key, is_empty=is_empty):
        return
    requested_at = str(event.get("time") or format_instant(datetime.now(UTC)))
    document = result_of(upload, requested_at, None, _refusal(upload.key))
    write_result(result_key(upload.key), document, files, replaces_own=False)


def _is_stray(key: str, *, is_empty: bool) -> bool:
    """Say whether an object looks like a model or data, and starts no execution."""
    if key.rpartition("/")[2] in NOT_STRAY:
        return False
    if key.startswith(DATA_FOLDER):
        return not DATA_RESULTS.fullmatch(key) and (is_empty or not DATA_KEY.fullmatch(key))
    return key.startswith(FOLDER) and not ARCHIVE_KEY.fullmatch(key)


def _refusal(key: str) -> Document:
    folders = key.split("/")[1:-1]
    if key.startswith(DATA_FOLDER):
        why = "is empty" if DATA_KEY.fullmatch(key) else "is not in batch/<name>/input/"
        error, hint = UploadNotDeployed(f"{quoted_name(key)} {why}, so no transform job was started."), DATA_HINT
    else:
        why = "is not a .tar.gz archive" if folders else "is in no folder that names an endpoint"
        error, hint = UploadNotDeployed(f"{quoted_name(key)} {why}, so nothing was deployed."), ARCHIVE_HINT
    return {"Outcome": FAILED, "Error": type(error).__name__, "Message": str(error), "Hint": hint, "LogTail": []}


def _write_end(detail: Mapping[str, Any], files: ResultFiles, settings: Settings) -> None:
    # EventBridge leaves out an input that is too long for an event; that of an upload is a screenful.
    started_with = json.loads(detail.get("input") or "null")
    if not is_upload_event(started_with):
        return
    upload = upload_of(started_with)
    if upload.bucket != settings.model_bucket:
        return
    started_at = datetime.fromtimestamp(detail["startDate"] / 1000, UTC)
    requested_at = str(started_with.get("time") or format_instant(started_at))
    document = result_of(upload, requested_at, detail["executionArn"], _end(detail))
    write_result(result_key(upload.key), document, files, replaces_own=False)


def _end(detail: Mapping[str, Any]) -> Document:
    outcome = UNSUCCESSFUL[detail["status"]]
    error, cause = detail.get("error"), detail.get("cause")
    return {
        "Outcome": outcome,
        "Error": error or outcome,
        "Message": " ".join(filter(None, [MESSAGES[outcome], cause])),
        "Hint": HINT,
        "LogTail": [],
    }
