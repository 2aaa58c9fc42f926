"""How uploads ended, for users who can only upload.

`models/<EndpointName>/deployment-result.json` is of the newest archive. Of data for a transform job each object has its
own, `batch/<name>/results/<object>.json`, and `batch-result.json` is of objects that no job transforms.

What stands in the file is for people. Nothing of Slipway acts on it but this module, which compares requests by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from slipway.deployment.ordering import padded
from slipway.deployment.timestamps import format_instant, parse_instant
from slipway.errors import ServiceUnavailable
from slipway.planning.uploads import DATA_FOLDER, DATA_KEY, Upload

RESULT_FILE = "deployment-result.json"
DATA_RESULT_FILE = "batch-result.json"
MAX_ATTEMPTS = 5

Document = Mapping[str, Any]


class StoredResult(NamedTuple):
    """The file as it is now; what is not a JSON object of at most 1 MiB counts as {}."""

    document: Document
    etag: str


class ResultFiles(Protocol):
    """The result files of the model bucket.

    Every method may raise `ServiceThrottled`, `ServiceUnavailable`, `AccessDenied` and `AwsRefused`.
    """

    def create(self, key: str, document: Document) -> bool:
        """Write a file that does not exist yet; return whether it did not."""

    def read(self, key: str) -> StoredResult | None:
        """Return a file, if there is one."""

    def replace(self, key: str, document: Document, etag: str) -> bool:
        """Overwrite a file; return whether it still had this ETag."""


def result_key(key: str) -> str:
    """Return the key of the result of an upload to `models/` or `batch/`."""
    if data := DATA_KEY.fullmatch(key):
        # The rule of uploads matches keys with a folder named input: a result in one would start another execution.
        parts = (f"{part}-" if part == "input" else part for part in data["object"].split("/"))
        return f"{DATA_FOLDER}{data['name']}/results/{'/'.join(parts)}.json"
    folders = key.split("/")[:-1]
    return "/".join([*folders[:2], DATA_RESULT_FILE if key.startswith(DATA_FOLDER) else RESULT_FILE])


def result_of(upload: Upload, requested_at: str, execution: str | None, result: Document) -> dict[str, Any]:
    """Return the file's content: the outcome of an execution, or of an upload that started none, and of what.

    `requested_at` is an instant (ISO 8601). With `Sequencer` it orders uploads as the tag `slipway:requested-at` does.
    """
    moment = datetime.fromisoformat(requested_at.replace("Z", "+00:00")).astimezone(UTC)
    place = {"Key": upload.key, "VersionId": upload.version_id}
    folders = upload.key.split("/")[1:-1]
    name = result.get("EndpointName") or (folders[0] if folders else None)
    about = {"Data": place} if upload.key.startswith(DATA_FOLDER) else {"EndpointName": name, "Archive": place}
    return {
        **result,
        **about,
        "RequestedAt": format_instant(moment),
        "Sequencer": padded(upload.sequencer or ""),
        "WrittenAt": format_instant(datetime.now(UTC)),
        "Execution": execution,
    }


def write_result(key: str, document: Document, files: ResultFiles, *, replaces_own: bool) -> None:
    """Write the file unless it holds the result of a newer upload.

    `replaces_own` says whether an earlier result of the same execution is overwritten. Raises `ServiceUnavailable` when
    others changed the file at every attempt.
    """
    for _ in range(MAX_ATTEMPTS):
        if files.create(key, document):
            return
        found = files.read(key)
        if found is None:
            continue  # removed since
        if _stays(found.document, document, replaces_own=replaces_own) or files.replace(key, document, found.etag):
            return
    raise ServiceUnavailable(f"{key} was changed by others at each of {MAX_ATTEMPTS} attempts.")


def _stays(found: Document, ours: Document, *, replaces_own: bool) -> bool:
    execution = found.get("Execution")
    if not isinstance(execution, str):
        return False  # the note on an upload that started no execution, or nothing of ours
    if execution == ours["Execution"]:
        return not replaces_own
    return _requested(ours) < _requested(found) <= (ours["WrittenAt"], "")


def _requested(document: Document) -> tuple[str, str]:
    """Return what orders results; one in the future, which only another writer can have stored, is ignored."""
    moment, sequencer = document.get("RequestedAt"), document.get("Sequencer")
    return (moment if isinstance(moment, str) and parse_instant(moment) else ""), str(sequencer)
