"""Find in a container's log why it failed: the last exception, or the last line that a rule knows, decides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from slipway.failure.container_log import ContainerLog, Raised, exceptions_in, read_log
from slipway.failure.failure_rules import (
    CONSEQUENCES,
    LOG_RULES,
    MODEL_CODE_FAILED,
    PING_STATUS_WRONG,
    SIDE_TASKS,
    LogRule,
)

MAX_QUOTED = 300  # characters of an evidence line in a message, and of a name in a remedy
GATEWAY_ERRORS = frozenset({502, 503, 504})  # a proxy's words about a server that is not there
CLIENT_ERROR, SERVER_ERROR = 400, 500


@dataclass(frozen=True)
class Finding:
    """What a log says: the cause's name and remedy, and the evidence with its line's index in the log.

    The name is empty where there is an exception that no rule knows. `is_access` says that the index is one of the
    access log, `is_weak` that it may be a consequence.
    """

    name: str
    hint: str
    evidence: str
    index: int
    is_weak: bool = False
    is_access: bool = False


def find_cause(log: ContainerLog) -> Finding | None:
    """Return what a container's log says about its failure; None where it says nothing."""
    texts = _without_own_kills(log.texts)
    deciding = _deciding(exceptions_in(texts))
    # Of two findings in one line the first is taken.
    found = [*_by_exception(deciding, texts), *_by_lines(texts), *_by_place(deciding)]
    strong = [one for one in found if not one.is_weak]
    ping = _by_ping(log, has_exception=deciding is not None)
    if strong:
        return max(strong, key=lambda one: one.index)
    if ping or found:
        return ping or max(found, key=lambda one: one.index)
    return Finding("", "", _headline(deciding), deciding.index, is_weak=True) if deciding else None


def traceback_headline(text: str) -> str:
    """Return a traceback's exception as `ValueError: … (code/inference.py:4)`; empty for a text without traceback."""
    deciding = _deciding(exceptions_in(read_log([text]).texts))
    return _headline(deciding) if deciding and deciding.frames else ""


def _deciding(raised: Sequence[Raised]) -> Raised | None:
    own = [one for one in raised if not _search(SIDE_TASKS, f"{one.source}\n{one.text}")]
    causes = [one for one in own if not (one.only_wraps or _search(CONSEQUENCES, one.text))] or own
    in_tracebacks = [one for one in causes if one.frames] or causes
    return in_tracebacks[-1] if in_tracebacks else None


def _by_exception(deciding: Raised | None, texts: Sequence[str]) -> Iterator[Finding]:
    raised = deciding
    while raised:
        for rule in LOG_RULES:
            if rule.exception and (found := _matched(rule, rule.exception, raised.text, (raised.source, *texts))):
                yield Finding(rule.name, _hint(rule, found), _headline(raised), raised.index, rule.is_weak)
                return
        raised = raised.cause


def _by_place(deciding: Raised | None) -> Iterator[Finding]:
    if deciding and deciding.place:
        hint = MODEL_CODE_FAILED.hint.format(place=deciding.place)
        yield Finding(MODEL_CODE_FAILED.name, hint, _headline(deciding), deciding.index)


def _by_lines(texts: Sequence[str]) -> Iterator[Finding]:
    for rule in LOG_RULES:
        if rule.line and not (rule.absent and any(_search(rule.absent, text) for text in texts)):
            yield from _last_match(rule, texts)


def _last_match(rule: LogRule, texts: Sequence[str]) -> Iterator[Finding]:
    for index in range(len(texts) - 1, -1, -1):
        if not _is_warning(texts[index]) and (found := _matched(rule, rule.line, texts[index], texts)):
            yield Finding(rule.name, _hint(rule, found), _shown(texts[index]), index, rule.is_weak)
            return


def _matched(rule: LogRule, pattern: str, text: str, around: Iterable[str]) -> re.Match[str] | None:
    found = _search(pattern, text)
    if not found or (rule.unless and _search(rule.unless, text)):
        return None
    if rule.also and not any(_search(rule.also, one) for one in around):
        return None
    return found


def _by_ping(log: ContainerLog, *, has_exception: bool) -> Finding | None:
    if not log.pings:
        return None
    last = log.pings[-1]
    if last.status < CLIENT_ERROR or last.status in GATEWAY_ERRORS or (last.status >= SERVER_ERROR and has_exception):
        return None
    hint = PING_STATUS_WRONG.hint.format(status=last.status)
    return Finding(PING_STATUS_WRONG.name, hint, _shown(log.access[last.index]), last.index, is_access=True)


def _without_own_kills(texts: Sequence[str]) -> list[str]:
    """Blank the lines about workers that gunicorn itself killed because they were slow: they say nothing of memory."""
    slow = {found[1] for text in texts if (found := re.search(r"WORKER TIMEOUT \(pid:(\d+)\)", text))}
    kill = re.compile(rf"pid[: ]+(?:{'|'.join(slow)})\b.*(?:SIGKILL|signal 9)") if slow else None
    return ["" if kill and kill.search(text) else text for text in texts]


def _is_warning(text: str) -> bool:
    return bool(re.match(r"\s*(?:\S+:\d+: )?(?:WARNING|\w*Warning)\b", text))


def _headline(raised: Raised) -> str:
    place = f" ({raised.place})" if raised.place else ""
    return f"{_shown(raised.text)}{place}"


def _hint(rule: LogRule, found: re.Match[str]) -> str:
    groups = {name: (value or "it")[:MAX_QUOTED] for name, value in found.groupdict().items()}
    return rule.hint.format(**groups)


def _shown(text: str) -> str:
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:MAX_QUOTED]


def _search(pattern: str, text: str) -> re.Match[str] | None:
    return _compiled(pattern).search(text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
