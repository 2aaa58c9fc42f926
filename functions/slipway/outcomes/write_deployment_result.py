"""WriteDeploymentResult: store how the execution of an upload ended, beside the upload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.deployment.plan import Execution
from slipway.deployment.settings import Settings
from slipway.outcomes.result_file import Document, ResultFiles, result_key, result_of, write_result
from slipway.planning.uploads import upload_of


def write_deployment_result(
    event: Mapping[str, Any],
    uploaded_at: str | None,
    result: Document,
    execution: Execution,
    files: ResultFiles,
    settings: Settings,
) -> None:
    """Write the result of the execution that an S3 event started; `uploaded_at` is known once the archive is inspected.

    Raises `UploadEventInvalid`, and what writing raises.
    """
    upload = upload_of(event)
    if upload.bucket != settings.model_bucket:
        return  # an execution started by hand, with an event of its own
    requested_at = uploaded_at or str(event.get("time") or execution["StartTime"])
    document = result_of(upload, requested_at, execution["Id"], result)
    write_result(result_key(upload.key), document, files, replaces_own=True)
