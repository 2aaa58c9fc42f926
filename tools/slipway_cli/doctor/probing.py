"""Runs probes, cleans up whatever happens, and writes what was found without what identifies the account."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from slipway_cli.doctor.assumptions import Assumption
from slipway_cli.doctor.lab import Lab, ProbeFailed
from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.sdk_errors import refusal
from slipway_cli.sdk.target import Target

CONFIRMED, CONTRADICTED, INCONCLUSIVE = "Confirmed", "Contradicted", "Inconclusive"
ACCOUNT = re.compile(r"\b\d{12}\b")
ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,}\b")
REQUEST_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class ProbesNotConfirmed(ClientError):
    """AWS answered otherwise than assumed, or a probe did not come to its question, or something was left behind."""


@dataclass(frozen=True)
class Finding:
    """What a probe found: `answer` is compared with what is expected, `detail` has AWS's words."""

    assumption: Assumption
    verdict: str
    answer: str
    detail: str
    seconds: float


@dataclass
class Report:
    """What a run found, and what it could not delete."""

    target: Target
    started: datetime
    findings: list[Finding] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def as_fields(self) -> dict[str, Any]:
        """Return the report under names that stay, without account ids, keys, and the stack's names."""
        hide = anonymizer(self.target)
        return {
            "Slipway": version("slipway"),
            "Botocore": version("botocore"),
            "Region": self.target.region,
            "Local": self.target.is_local,
            "StartedAt": self.started,
            "Findings": [
                {
                    "Id": found.assumption.key,
                    "Assumption": found.assumption.assumption,
                    "Expected": list(found.assumption.expected),
                    "Verdict": found.verdict,
                    "Answer": hide(found.answer),
                    "Detail": hide(found.detail),
                    "Seconds": round(found.seconds, 1),
                }
                for found in self.findings
            ],
            "LeftBehind": [hide(one) for one in self.left],
        }


def anonymizer(target: Target) -> Callable[[str], str]:
    """Return a function that takes account ids, keys, request ids and the stack's own names out of a text."""
    named = sorted((value for value in target.outputs.values() if value), key=len, reverse=True)

    def anonymous(text: str) -> str:
        for name in named:
            text = text.replace(name, "<stack>")
        for pattern, word in ((ACCOUNT, "<account>"), (ACCESS_KEY, "<key>"), (REQUEST_ID, "<id>")):
            text = pattern.sub(word, text)
        return text

    return anonymous


def run_probes(
    assumptions: Iterable[Assumption], report: Report, lab: Lab, say: Callable[[str], None]
) -> Iterator[Finding]:
    """Run probes one after the other and yield what each found; delete everything at the end, also after Ctrl-C."""
    try:
        for assumption in assumptions:
            found = _probed(assumption, lab)
            report.findings.append(found)
            yield found
    finally:
        say("deleting what the probes created; this takes some minutes in an account")
        with _not_interrupted():
            report.left.extend(lab.clean_up())


def _probed(assumption: Assumption, lab: Lab) -> Finding:
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - the SDK is imported when AWS is asked
    from botocore.exceptions import ClientError as AwsError  # noqa: PLC0415

    started = time.monotonic()
    try:
        answer, _, detail = assumption.probe(lab).partition(": ")
        verdict = CONFIRMED if answer in assumption.expected else CONTRADICTED
    except ProbeFailed as failure:
        answer, detail, verdict = "", str(failure), INCONCLUSIVE
    except (BotoCoreError, AwsError) as error:
        answer, detail, verdict = "", str(refusal(error)), INCONCLUSIVE
    return Finding(assumption, verdict, answer, detail, time.monotonic() - started)


@contextmanager
def _not_interrupted() -> Iterator[None]:
    """Ignore Ctrl-C meanwhile: resources that are not deleted would cost money."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def new_report(target: Target) -> Report:
    """Return the report of a run that begins now."""
    return Report(target, datetime.now(UTC))


def written(value: object) -> str:
    """Return a time of the report as JSON has it."""
    assert isinstance(value, datetime), value
    return value.isoformat()
