"""Compare Parliament's findings with those that are accepted in .parliament.yaml, each with its reason.

Parliament can ignore findings by itself, but its released version never matches its own ignore list.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import yaml


@dataclass(frozen=True)
class Finding:
    """An issue of one policy, and the actions that it is about."""

    issue: str
    policy: str
    about: frozenset[str]

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Finding:
        """Return the finding of a line of Parliament's JSON output."""
        location = line["location"]
        details = line["detail"] if isinstance(line["detail"], list) else []
        about = location.get("actions") or [one["action"] for one in details if "action" in one]
        return cls(line["issue"], Path(str(location.get("filepath", ""))).stem, frozenset(about))

    def __str__(self) -> str:
        return f"{self.issue} of {self.policy}: {', '.join(sorted(self.about))}"


def undecided(found: Iterable[Finding], decided: Iterable[Finding]) -> list[str]:
    """Return the errors: findings without a decision, and decisions without a finding."""
    found, decided = set(found), set(decided)
    new = [str(finding) for finding in found - decided]
    stale = [f"{finding} is decided in the configuration and is not found any more" for finding in decided - found]
    return sorted(new) + sorted(stale)


def check_findings(decisions: Path, findings: TextIO) -> int:
    """Print findings, lines of JSON, that are not accepted, and decisions without a finding; return 1 for any."""
    entries = yaml.safe_load(decisions.read_text(encoding="utf-8"))
    decided = [Finding(entry["issue"], entry["policy"], frozenset(entry["about"])) for entry in entries]
    found = [Finding.of(json.loads(line)) for line in findings if line.strip()]
    wrong = undecided(found, decided)
    for line in wrong:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(found)} findings, {len(decided)} decided on, {len(wrong)} left\n")
    return 1 if wrong else 0
