"""ExplainFailure: name the cause, give the remedy, show the log lines that prove it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from slipway.deployment.plan import Artifact, Plan
from slipway.errors import AwsRefused, NewerDeploymentInPlace
from slipway.failure.container_log import ContainerLog, read_log
from slipway.failure.failure_rules import FOREIGN, PING, REASON_RULES, VAGUE_RULES, ReasonRule
from slipway.failure.find_cause import Finding, find_cause

MAX_LINES_READ = 400  # log lines, those about requests aside
SHOWN = 30  # log lines: a Python traceback and what led to it
BEHIND = 5  # of these, how many after the evidence
SHOWN_ACCESS = 10  # lines of the access log, where one of them is the evidence
MAX_LINE = 400  # characters
# Characters of JSON. A Fail state's Cause has 32,768 at most, and holds what was removed as well.
MAX_EXPLANATION = 26_000
MAX_MESSAGE = 6_000
INPUT_HINT = "Fix the field that the message names and deploy again. Nothing was created."
OTHER_HINT = "See docs/errors.md for this name; the execution's history shows the state that failed."
SILENT_HINT = (
    "The container wrote no log: check that the image starts with docker run <image> serve, and that the execution "
    "role allows logs:CreateLogGroup, logs:CreateLogStream and logs:PutLogEvents."
)

# The workflow's own names, given by HasSmokeTestFailed and HasAnalysisFailed.
VERDICTS = frozenset({"SmokeTestFailed", "TrafficAnalysisFailed"})
WHILE_IN_SERVICE = frozenset({"SmokeTest", "AnalyzeTraffic"})
# Where the containers' log may say why.
REACHED_ENDPOINT = WHILE_IN_SERVICE | {
    "DescribeEndpoint",
    "IsEndpointInService",
    "IsCandidateInService",
    "AreComponentsReady",
}
REACHED_JOB = frozenset({"DescribeTransformJob", "IsTransformJobCompleted"})
# Raised before anything exists, so that "correct the input" is the whole remedy.
BEFORE_ANYTHING = frozenset(
    {"RecordRequest", "PlanDeployment", "PlanTransform", "PlanRollout", "ResolveImage", "InspectArtifact"}
)


class Failure(TypedDict):
    """What went wrong: the state that failed, its error name, and its cause as Step Functions gives it."""

    State: str
    Error: str
    Cause: str


class FiredAlarm(TypedDict):
    """An alarm that an update was rolled back for, with CloudWatch's reason, and the values and threshold in it."""

    AlarmName: str
    Reason: str
    Values: list[float]
    Threshold: float | None


class Explanation(TypedDict):
    """The failure for people: `Error` is a cause's name or the error's own.

    `IsSuperseded` says that it does not matter any more: a newer upload has taken the archive's place.
    """

    Error: str
    Message: str
    Hint: str
    LogTail: list[str]
    IsSuperseded: bool
    FiredAlarms: NotRequired[list[FiredAlarm]]


@dataclass(frozen=True)
class FailedDeployment:
    """A deployment that failed, with its plan and inspected archive where it got that far.

    `since` is when it began to change the endpoint (ISO 8601). `logs_of` is the endpoint whose containers' log may say
    why: its candidate's, where that failed, or an `inference-component/<name>`.
    """

    failure: Failure
    plan: Plan | None
    artifact: Artifact | None
    since: str
    logs_of: str | None = None
    fired_alarms: Sequence[FiredAlarm] = ()


# These begin the name of a job's or a component's log, as their ARNs have it.
TRANSFORM_JOB, INFERENCE_COMPONENT = "transform-job/", "inference-component/"
# What each container of an endpoint, or of a `transform-job/<name>`, wrote last (name, since, lines, or older): oldest
# line first, the newest container first. Only of containers that began to write after `since` (ISO 8601); with `or
# older`, of the others since then where there is none. `lines` counts those that are not about requests, which come in
# between.
LogTails = Callable[[str, str, int, bool], list[list[str]]]
# The newest version's ETag by bucket and key, without quotes; None for an object that is gone or may not be read.
CurrentETag = Callable[[str, str], str | None]


def explain_failure(failed: FailedDeployment, log_tails: LogTails, current_etag: CurrentETag) -> Explanation:
    """Return the explanation. Reading the log may raise `ServiceThrottled` and `ServiceUnavailable`."""
    failure = failed.failure
    message = message_of(failure["Cause"])
    log, finding = _read(failed, log_tails)
    name, hint, is_used = _named(failure, message, log, finding)
    explanation = Explanation(
        Error=name,
        Message=_sentence(finding.evidence, message) if finding and is_used else message,
        Hint=hint,
        LogTail=_shown(log, finding),
        IsSuperseded=_is_superseded(failed, current_etag),
    )
    if failed.fired_alarms:
        explanation["FiredAlarms"] = list(failed.fired_alarms)
    return _bounded(explanation)


def _read(failed: FailedDeployment, log_tails: LogTails) -> tuple[ContainerLog, Finding | None]:
    """Return the log that says most, and what it says."""
    state = failed.failure["State"]
    if failed.plan is None or state not in REACHED_ENDPOINT | REACHED_JOB:
        return ContainerLog(), None
    try:
        # A smoke test may ask instances that have served for long.
        tails = log_tails(
            failed.logs_of or failed.plan["EndpointName"], failed.since, MAX_LINES_READ, state in WHILE_IN_SERVICE
        )
    except AwsRefused:
        return ContainerLog(), None  # a log that may not be read proves nothing; FailureReason may name the cause
    found = [(log, find_cause(log)) for log in map(read_log, tails)]
    return max(found, key=lambda one: _weight(one[1]), default=(ContainerLog(), None))


def _weight(finding: Finding | None) -> int:
    if finding is None:
        return 0
    return 3 if not finding.is_weak else 2 if finding.name else 1


def _named(failure: Failure, message: str, log: ContainerLog, finding: Finding | None) -> tuple[str, str, bool]:
    """Return the cause's name and remedy, and whether they are the log's."""
    reason = f"{failure['Error']}: {message}"
    # What was refused before anything existed has said its own remedy, and may quote words that causes are known by.
    if failure["State"] in BEFORE_ANYTHING:
        rule = _first(FOREIGN, reason, log)
        return (rule.name, rule.hint, False) if rule else (failure["Error"], INPUT_HINT, False)
    if failure["Error"] in VERDICTS:
        return _of_verdict(failure["Error"], reason, log, finding)
    certain = _first(REASON_RULES, reason, log)
    if certain:
        # Our own name for a denial says more: ArtifactAccessDenied, where the rule says AccessDenied.
        name = failure["Error"] if failure["Error"].endswith(certain.name) else certain.name
        return name, _hint(certain, reason), False
    is_used = finding is not None and (not finding.is_weak or PING in message)
    if finding and finding.name and is_used:
        return finding.name, finding.hint, True
    vague = _first(VAGUE_RULES, reason, log)
    if vague is None:
        return failure["Error"], OTHER_HINT, False
    is_silent = PING in message and not log.lines and not log.access
    return vague.name, SILENT_HINT if is_silent else _hint(vague, reason), is_used


def _of_verdict(error: str, reason: str, log: ContainerLog, finding: Finding | None) -> tuple[str, str, bool]:
    """Return the remedy of a smoke test or a traffic analysis, and with it that of what the container says."""
    rule = _first(VAGUE_RULES, reason, log)
    hint = _hint(rule, reason) if rule else OTHER_HINT
    cause = f" {finding.hint}" if finding and finding.name and not finding.is_weak else ""
    return error, f"{hint}{cause}", False


def _first(rules: Sequence[ReasonRule], reason: str, log: ContainerLog) -> ReasonRule | None:
    return next((rule for rule in rules if re.search(rule.reason, reason) and not (rule.is_silent and log.lines)), None)


def _hint(rule: ReasonRule, reason: str) -> str:
    found = re.search(rule.reason, reason)
    return rule.hint.format(**found.groupdict()) if found and found.groupdict() else rule.hint


def _sentence(evidence: str, message: str) -> str:
    return f"{evidence} {message}" if evidence[-1:] in ".!?" else f"{evidence}. {message}"


def _shown(log: ContainerLog, finding: Finding | None) -> list[str]:
    """Return the lines around the evidence, or else the last ones."""
    if finding is None or finding.is_access or not log.lines:
        access = log.access[-SHOWN_ACCESS:] if finding or not log.lines else []
        lines = [*log.lines[-(SHOWN - len(access)) :], *access]
    else:
        end = max(min(finding.index + 1 + BEHIND, len(log.lines)), SHOWN)
        lines = log.lines[max(0, end - SHOWN) : end]
    return [line[:MAX_LINE] for line in lines]


def _bounded(explanation: Explanation) -> Explanation:
    """Return the explanation within what a Cause may hold: escaped as JSON, a character takes up to six."""
    explanation["Message"] = _cut(explanation["Message"], MAX_MESSAGE)
    while explanation["LogTail"] and len(json.dumps(explanation)) > MAX_EXPLANATION:
        longest = max(range(len(explanation["LogTail"])), key=lambda n: len(json.dumps(explanation["LogTail"][n])))
        line = explanation["LogTail"][longest]
        explanation["LogTail"][longest] = line[: len(line) * 3 // 4]
    return explanation


def _cut(text: str, limit: int) -> str:
    while len(json.dumps(text)) > limit:
        text = text[: len(text) * 3 // 4]
    return text


def message_of(cause: str) -> str:
    """Return the sentence in a cause: a failed Lambda's is JSON with `errorMessage`, others are plain text."""
    try:
        report = json.loads(cause)
    except ValueError:
        return cause
    if isinstance(report, dict) and isinstance(report.get("errorMessage"), str):
        return str(report["errorMessage"])
    return cause


def _is_superseded(failed: FailedDeployment, current_etag: CurrentETag) -> bool:
    plan, artifact = failed.plan, failed.artifact
    if plan is None:
        return False
    if failed.failure["Error"] == NewerDeploymentInPlace.__name__:
        return True
    # The model is pinned to the ETag that was inspected: an upload to the same key on the way makes SageMaker's
    # download fail, and starts an execution of its own.
    if plan["Trigger"] != "Upload" or not artifact:
        return False
    current = current_etag(artifact["Bucket"], artifact["Key"])
    return current is not None and current != artifact["ETag"]
