"""Check the names in an archive by the archive rules."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from slipway.deployment.escaping import quoted_name
from slipway.errors import ArtifactFilesMissing, ArtifactFilesUnexpected, ArtifactNested
from slipway.preflight.archive_rules import (
    ARCHIVES,
    DEFAULT_PROGRAM,
    LOADS_EVERY_FILE,
    NOT_BOOSTERS,
    Rule,
    needs_program,
    rules_for,
)

# What framework containers take the user's program from, and its place in an archive that brings it.
PROGRAM, DIRECTORY = "SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"
PLACE = "/opt/ml/model/code"
# With one of these, a container gets its model from elsewhere, and the archive may hold anything.
MODEL_ELSEWHERE = frozenset({"HF_MODEL_ID"})
# Finder's and tar's leavings on a Mac, and other hidden files: no container takes them for a model.
HIDDEN = "."

AT_THAT_PATH = "add it at that path, or correct Framework."

PARTS = {"**/": "(?:[^/]+/)*", "*": "[^/]*", "<number>": "[0-9]+"}
SPLIT = re.compile(r"(\*\*/|\*|<number>)")


def check_layout(framework: str, names: Iterable[str], environment: Mapping[str, str], *, complete: bool) -> list[str]:
    """Return warnings. Raises `ArtifactNested`, `ArtifactFilesMissing` or `ArtifactFilesUnexpected`.

    `names` are paths within the archive; `complete` says whether they are all.
    """
    if MODEL_ELSEWHERE & environment.keys() or environment.get(DIRECTORY, PLACE) != PLACE:
        return []
    seen = [name for name in names if not posixpath.basename(name).startswith(HIDDEN)]
    program = environment.get(PROGRAM, DEFAULT_PROGRAM)
    rules = [_with_program(rule, program) for rule in rules_for(framework)]
    broken = [rule for rule in rules if not _is_kept(rule, seen)]
    top = _only_directory(seen)
    if top and any(_is_kept(rule, [name.removeprefix(f"{top}/") for name in seen]) for rule in broken):
        raise ArtifactNested(
            f"All files are in the directory {quoted_name(top)}, but {framework} looks for it at the top: "
            f"make it with tar -czf model.tar.gz -C {shlex.quote(quoted_name(top))} ."
        )
    if broken and complete:
        _check_not_packed_twice(framework, seen)
    if framework in LOADS_EVERY_FILE and not _holds_program(seen, environment):
        _check_only_boosters(framework, seen)
    return [_said(rule, framework, top, complete=complete) for rule in broken]


def runs_program(framework: str, names: Iterable[str], environment: Mapping[str, str], *, complete: bool) -> bool:
    """Return whether the container is to run the user's program in code/, which SAGEMAKER_PROGRAM names.

    Of an archive that was read in part, a framework that serves nothing else is to: tar packs files in any order.
    """
    return _holds_program(names, environment) or (not complete and needs_program(framework))


def _holds_program(names: Iterable[str], environment: Mapping[str, str]) -> bool:
    return f"code/{environment.get(PROGRAM, DEFAULT_PROGRAM)}" in names


def _check_not_packed_twice(framework: str, names: Sequence[str]) -> None:
    if len(names) == 1 and names[0].endswith(ARCHIVES):
        raise ArtifactNested(
            f"The archive holds only another archive, {quoted_name(names[0])}, which {framework} does not unpack: "
            "unpack it and pack its files, with tar -czf model.tar.gz -C <model directory> ."
        )


def _check_only_boosters(framework: str, names: Sequence[str]) -> None:
    extra = sorted(name for name in names if "/" not in name and name.endswith(NOT_BOOSTERS))
    if extra:
        raise ArtifactFilesUnexpected(
            f"The archive holds {quoted_name(extra[0])} at the top, which {framework} would load as a model: pack the "
            "model's file alone, or add code/inference.py with model_fn."
        )


def _said(rule: Rule, framework: str, top: str, *, complete: bool) -> str:
    """Return the warning. `top` is the directory that all files are in, if there is one."""
    wanted = " or ".join(" with ".join(names) for names in rule.any_of)
    if not complete:
        return f"The part of the archive that was read does not hold {wanted}, which {framework} serves."
    if rule.certain:
        missing = f"The archive does not hold {wanted}, without which {framework} cannot serve it: "
        raise ArtifactFilesMissing(missing + (_unpacked(top) if _is_misplaced(rule, top) else AT_THAT_PATH))
    return f"The archive does not hold {wanted}, which {framework} is known to serve."


def _is_misplaced(rule: Rule, top: str) -> bool:
    """Return whether the files are in a directory that the framework does not read."""
    return bool(top) and not rule.any_of[0][0].startswith((f"{top}/", "**/"))


def _unpacked(top: str) -> str:
    return (
        f"all files are in the directory {quoted_name(top)}. Add it there, and pack the content of that directory with "
        f"tar -czf model.tar.gz -C {shlex.quote(quoted_name(top))} ."
    )


def _with_program(rule: Rule, program: str) -> Rule:
    return replace(
        rule, any_of=tuple(tuple(name.replace(DEFAULT_PROGRAM, program) for name in ns) for ns in rule.any_of)
    )


def _is_kept(rule: Rule, names: Sequence[str]) -> bool:
    return any(all(_holds(names, wanted) for wanted in alternative) for alternative in rule.any_of)


def _holds(names: Sequence[str], wanted: str) -> bool:
    pattern = re.compile("".join(PARTS.get(part, re.escape(part)) for part in SPLIT.split(wanted)))
    return any(pattern.fullmatch(name) for name in names)


def _only_directory(names: Sequence[str]) -> str:
    tops = {name.split("/", 1)[0] for name in names}
    return tops.pop() if len(tops) == 1 and all("/" in name for name in names) else ""
