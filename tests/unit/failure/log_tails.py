"""The public reports that the failure rules are checked with: log lines or a FailureReason, and the right cause."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

PATH = Path(__file__).parents[2] / "fixtures" / "log_tails.json"


class Report(TypedDict):
    """A report. `Remedy` is a pattern that the right hint matches, and `Cause` what the thread says in words.

    `known` reports were there when the rules were written; `first` and `second` were taken from the threads before
    their names and remedies were compared with the rules, 23 before they were written and 53 after.
    """

    Id: str
    Group: str
    Source: str
    Cause: str
    FailureReason: str
    Log: list[str]
    Name: str
    Remedy: str


REPORTS: list[Report] = json.loads(PATH.read_text(encoding="utf-8"))
