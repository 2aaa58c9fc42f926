"""The glossary of CONTRIBUTING.md: one class name means one thing, and the words that it replaces do not come back."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.conventions.project import FUNCTIONS, ROOT, committed_files, modules, syntax_of

# What is not to be written, and what is written instead.
WORDS = {
    r"\b[Ww]hoever\b": "the user, the caller, the operator, anyone who",
    r"\b([Nn]obody|[Ss]omebody|[Ee]verybody)\b": "no one named: the passive, or who it is",
    r"\banew\b": "again",
    r"(?<!\.)\b([Tt]ells?|[Tt]old|[Tt]elling|[Tt]ellers?)\b": "notify, print, show, as_of, publisher",
    r"(?<!-)\b[Ll]etters? (?:to|about|of|is|are|was|that)\b": "email, notification",
    r"\blies\b(?! \()": "is stored, is",
    r"\b[Mm]end(s|ed|ing)?\b": "fix",
    r"\brid of\b": "remove",
    r"\b(looks?|looked|looking) at\b": "check, read, poll",
    r"\b[Bb]esides\b": "also, other than",
}
NAMES = {
    r"\b(most|longest|shortest|MOST|LONGEST|SHORTEST)_(?!common\b)\w": "max_, min_",
    r"\b(Most|Longest|Shortest)[A-Z]": "Max, Min",
    r"--least-": "--min-",
    r"\bPatience\b": "Retrier",
    r"\bLastLook\b|\bLooked\b|\bGlance\b": "Recheck, Snapshot",
    r"[Jj]udg(e|ed|es|ing|ement|ment)\b|\bJUDGED\b": "assess, check, Assessment",
    r"\bLens\b|\bLENSES\b": "MetricWindow",
    r"\bsleepers?\b|\bis_asleep\b": "deleted endpoints, is_deleted_idle",
    r"\bwanted_at\b|\bmark_wanted_again\b": "requested_at, refresh_requested_at",
    r"\bstanding_policy\b": "endpoint_policy",
    r"\bkept_archives\b|\bKeptArchives\b": "model_archives",
    r"\blive_use\b|\bmade_by\b|\bis_left_behind\b": "in_use, created_by, is_orphaned",
    r"\bOrigin\b\(": "ModelSource",
    r"\bstarters\b": "who_started",
    r"\bwritten_parts\b|\bMADE_BY\b": "generated_sections",
    r"\bLosable\b|\bMAX_OF_STRANGERS\b": "reset_connection, MAX_BODY_UNAUTHENTICATED",
    r"\bput_right_|\bown_machine\b|\bin_thread\b|\blet_pass\b": "patch_, loopback_only, executor, advance_time",
    r"\boldConfigSightings\b|\brestoreLooks\b": "staleConfigCount, restorePolls",
}
SUFFIXES = {".py", ".md", ".yaml", ".toml", ".js", ".html", ".sh", ""}
HERE = Path(__file__)
# The glossary itself, and documents that quote others.
QUOTES = {HERE, ROOT / "CONTRIBUTING.md", ROOT / "LICENSE", ROOT / "docs" / "aws-rules.md"}


def words_in(path: Path) -> list[str]:
    """Return the words of the glossary's left column in a file, each with its line and what to write instead."""
    whole = path.read_text(encoding="utf-8")
    return [
        f"{whole.count(chr(10), 0, match.start()) + 1}: {match[0]!r}, write {instead}"
        for patterns, text in ((WORDS, whole.replace("_", " ")), (NAMES, whole))
        for pattern, instead in patterns.items()
        for match in re.finditer(pattern, text)
    ]


def texts() -> list[Path]:
    return sorted(path for path in committed_files() if path.suffix in SUFFIXES)


def test_the_words_that_the_glossary_replaces_do_not_come_back() -> None:
    found = {str(path.relative_to(ROOT)): words for path in texts() if path not in QUOTES and (words := words_in(path))}
    assert found == {}


def test_one_class_name_means_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules(FUNCTIONS):
        for node in ast.walk(syntax_of(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Whoever deploys is told anew.", 3),
        ("MostInstances and most_items", 2),
        ("def test_a_failure_is_told() -> None:", 1),
        ("Counter(x).most_common(1), a dead-letter queue, letters and digits", 0),
        ("The maximum is stored; the operator is notified.", 0),
    ],
)
def test_a_word_is_found(text: str, count: int, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    assert len(words_in(tmp_path / "page.md")) == count
