"""ExplainFailure: name the cause, give the remedy, show the log lines that prove it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol, TypedDict

from slipway.deployment.plan import Artifact, Plan
from slipway.errors import AwsRefused, NewerDeploymentInPlace
from slipway.failure.failure_rules import CAUSES, FOREIGN, Cause

TAIL = 30  # log lines shown: a Python traceback and what led to it
MAX_LINE = 400  # characters; the whole cause must stay under 32,768 (limit of a Fail state's Cause)
INPUT_HINT = "Correct what it names and start again; nothing was created."
OTHER_HINT = "Look the error up in docs/errors.md; the execution's history shows the state it came from."

# Where the containers' log may say why.
REACHED_ENDPOINT = frozenset({"DescribeEndpoint", "IsEndpointInService", "SmokeTest"})
# Raised before anything exists, so that "correct the input" is the whole remedy.
BEFORE_ANYTHING = frozenset({"RecordRequest", "PlanDeployment", "ResolveImage", "InspectArtifact"})


class Failure(TypedDict):
    """What went wrong: the state that failed, its error name, and its cause as Step Functions gives it."""

    State: str
    Error: str
    Cause: str


class Explanation(TypedDict):
    """The failure for people: `Error` is a cause's name or the error's own.

    `IsSuperseded` says that it does not matter any more: a newer upload has taken the archive's place.
    """

    Error: str
    Message: str
    Hint: str
    LogTail: list[str]
    IsSuperseded: bool


class EndpointLogs(Protocol):
    """CloudWatch Logs of endpoints."""

    def tail(self, endpoint_name: str, since: str, lines: int) -> list[str]:
        """Return the last lines a container wrote since an instant (ISO 8601), oldest first; none without a log."""


class CurrentArchives(Protocol):
    """Where archives lie."""

    def current_etag(self, bucket: str, key: str) -> str | None:
        """Return the newest version's ETag, without quotes; None for an object that is gone or may not be read."""


def explain_failure(
    failure: Failure,
    plan: Plan | None,
    artifact: Artifact | None,
    started: str,
    logs: EndpointLogs,
    archives: CurrentArchives,
) -> Explanation:
    """Return the explanation. Reading the log may raise `ServiceThrottled` and `ServiceUnavailable`."""
    message = message_of(failure["Cause"])
    reached_endpoint = plan is not None and failure["State"] in REACHED_ENDPOINT
    tail = _tail(plan, started, logs) if plan and reached_endpoint else []
    # What was refused before anything existed has said its own remedy, and may quote words that causes are known by.
    causes = FOREIGN if failure["State"] in BEFORE_ANYTHING else CAUSES
    cause = _cause(causes, f"{failure['Error']}: {message}", tail)
    name, hint = cause or (failure["Error"], _hint(failure["State"]))
    return Explanation(
        Error=name,
        Message=message,
        Hint=hint,
        LogTail=[line[:MAX_LINE] for line in tail],
        IsSuperseded=plan is not None and _is_superseded(failure, plan, artifact, archives),
    )


def _tail(plan: Plan, started: str, logs: EndpointLogs) -> list[str]:
    try:
        return logs.tail(plan["EndpointName"], started, TAIL)
    except AwsRefused:
        return []  # a log that may not be read proves nothing, but FailureReason names most causes by itself


def message_of(cause: str) -> str:
    """Return the sentence in a cause: a failed Lambda's is JSON with `errorMessage`, others are plain text."""
    try:
        report = json.loads(cause)
    except ValueError:
        return cause
    if isinstance(report, dict) and isinstance(report.get("errorMessage"), str):
        return str(report["errorMessage"])
    return cause


def _is_superseded(failure: Failure, plan: Plan, artifact: Artifact | None, archives: CurrentArchives) -> bool:
    if failure["Error"] == NewerDeploymentInPlace.__name__:
        return True
    # The model is pinned to the ETag that was inspected: an upload to the same key on the way makes SageMaker's
    # download fail, and starts an execution of its own.
    if plan["Trigger"] != "Upload" or not artifact:
        return False
    current = archives.current_etag(artifact["Bucket"], artifact["Key"])
    return current is not None and current != artifact["ETag"]


def _cause(causes: Sequence[Cause], reason: str, lines: Sequence[str]) -> tuple[str, str] | None:
    found = next((cause for cause in causes if cause.matches(reason, lines)), None)
    return (found.name, found.hint) if found else None


def _hint(state: str) -> str:
    return INPUT_HINT if state in BEFORE_ANYTHING else OTHER_HINT
