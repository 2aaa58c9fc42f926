"""Read a container's log: what a server wrote in front of each line, its access log, and Python's tracebacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

ANSI = re.compile(r"(?:\x1b|#033)\[[0-9;]*m")
# What model servers and container runtimes put in front of a line of the user's own process.
PREFIXES = re.compile(
    r"""(?:
      \|?\s*\d{13}\s*\|\s*                                                   # a table of CloudWatch Logs
    | \d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?\s*[|:]\s+
    | [a-z0-9-]+_\d\s+\|\s+                                                  # docker compose
    | (?:\d{4}-\d\d-\d\d[T ][\d:.,]+\s*(?:-\s*)?)?\[?(?:INFO|WARN|ERROR)\s*\]?\s+  # MMS, TorchServe, DJL
      \S*\s*\S+-(?:stdout|stderr)\b.*?(?:\s-\s|:\s)
    | (?:\d{4}-\d\d-\d\d[T ][\d:.,]+\s*(?:-\s*)?)?\[?(?:INFO|WARN|ERROR)\s*\]?\s+PyProcess\s.*?-\s*
    | (?:\(\w+(?:\s\w+=\d+)*\)\s+)?(?:(?:ERROR|CRITICAL)\s\d\d-\d\d\s\d\d:\d\d:\d\d\s\[\S+\]\s)  # vLLM
    | \(\w+\spid=\d+\)\s+
    | \d{4}-\d\d-\d\d[T ][\d:.,]+\s*(?:-\s*)?\[?ERROR\s*\]?\s*-?\s*(?:[\w.]+\s+-\s+)?
    | ERROR:[\w.]+:
    )""",
    re.VERBOSE,
)
ACCESS = re.compile(r'"+(?P<method>GET|HEAD|POST|PUT) (?P<path>/\S*) HTTP/[\d.]+"+\s+(?P<status>\d{3})\b')
# The proxy before a server that has not started, or no longer runs, says so for each ping: a consequence.
PROXY = re.compile(r"connect\(\) (?:to \S+ )?failed .*while connecting to upstream")
TRACEBACK = re.compile(r"\s*Traceback \(most recent call last\)")
FRAME = re.compile(r'\s*File\s+"(?P<file>[^"]+)",\s+line (?P<line>\d+)')
CLASS = r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*"
# An exception's class by its name's end, which PEP 8 asks for; in a traceback, by its place after the frames.
EXCEPTION = re.compile(
    r"(?P<name>(?:[A-Za-z_]\w*\.)*\w*(?:Error|Exception|Exit|Interrupt|NotFound|Timeout|Timed[oO]ut))(?::(?:\s|$)|$)"
)
AFTER_FRAMES = re.compile(rf"{CLASS}(?::\s|$)")
CAUSED = re.compile(r"\s*The above exception was the direct cause of the following exception")
DURING = re.compile(r"\s*During handling of the above exception, another exception occurred")
NO_MESSAGE = re.compile(rf"{CLASS}:?")
ONE_LINE_TRACEBACK = re.compile(r'\s{2,}(?=File "|(?:[A-Za-z_]\w*\.)*\w+(?:Error|Exception)\b)')
# Where containers unpack the archive: MMS and TorchServe copy the model, and its code may go elsewhere. The handler
# service is the toolkit's.
ARCHIVE = re.compile(
    r"^(?!.*/(?:site|dist)-packages/|.*/handler_service\.py)"
    r"(?:.*/(?=code/)|/opt/ml/model/|/\.sagemaker/(?:mms|ts)/models/[^/]+/|.*/tmp/models/[0-9a-f]+/)"
)


@dataclass(frozen=True)
class Raised:
    """An exception in a log: where its line is, its text, and the frames of its traceback, outermost first.

    `cause` is the exception that it was raised from; `context` is the one that was being handled.
    """

    index: int
    text: str
    frames: tuple[tuple[str, int], ...] = ()
    source: str = ""
    cause: Raised | None = None
    context: Raised | None = None

    @property
    def only_wraps(self) -> bool:
        """Return whether it has no message of its own, or repeats that of the exception before it.

        sagemaker-containers raises ImportModuleError with the message of what the user's module raised.
        """
        before = self.cause or self.context
        if before is None:
            return False
        message = before.text.partition(": ")[2]
        repeats = bool(message) and self.text.partition(": ")[2].startswith(message)
        return repeats or bool(NO_MESSAGE.fullmatch(self.text))

    @property
    def place(self) -> str:
        """Return the innermost frame in the model's own files as `code/inference.py:4`; empty if there is none."""
        own = [(ARCHIVE.sub("", file), line) for file, line in self.frames if ARCHIVE.match(file)]
        return f"{own[-1][0]}:{own[-1][1]}" if own else ""


@dataclass(frozen=True)
class Ping:
    """A health check in the access log."""

    index: int
    status: int


@dataclass
class ContainerLog:
    """A log's lines as they were written, without access log; `texts` are the same without servers' prefixes."""

    lines: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    pings: list[Ping] = field(default_factory=list)
    access: list[str] = field(default_factory=list)


def read_log(events: Iterable[str]) -> ContainerLog:
    """Return a log's lines; an event may hold several."""
    log = ContainerLog()
    for event in events:
        for line in _lines_of(event):
            if found := ACCESS.search(line):
                log.access.append(line)
                if found["path"].rstrip("/") == "/ping":
                    log.pings.append(Ping(len(log.access) - 1, int(found["status"])))
            elif line.strip():
                log.lines.append(line)
                log.texts.append(_text_of(line))
    return log


def is_about_requests(line: str) -> bool:
    """Say whether a line is of the access log, or a proxy's about a server that is not there."""
    return bool(ACCESS.search(line) or PROXY.search(line))


def last_messages(messages: Sequence[str], lines: int) -> list[str]:
    """Return the last messages, so many that `lines` of them are not about requests."""
    counted = (index for index in range(len(messages) - 1, -1, -1) if not is_about_requests(messages[index]))
    first = next(islice(counted, lines - 1, None), 0)
    return list(messages[first:])


def exceptions_in(texts: Sequence[str]) -> list[Raised]:
    """Return the exceptions of a log, in its order."""
    return _Reader().read(texts)


class _Reader:
    def __init__(self) -> None:
        self._found: list[Raised] = []
        self._frames: list[tuple[str, int]] = []
        self._source: list[str] = []
        self._is_inside = False
        self._cause: Raised | None = None
        self._context: Raised | None = None

    def read(self, texts: Sequence[str]) -> list[Raised]:
        for index, text in enumerate(texts):
            self._read(index, text)
        if self._frames and self._found and not self._found[-1].frames:
            # Two streams merged by time: the exception's line came before the traceback's.
            last = self._found.pop()
            self._end(last.index, last.text)
        elif self._frames:
            self._end(len(texts) - 1, self._source[-1].strip())  # the traceback is cut off
        return self._found

    def _read(self, index: int, text: str) -> None:
        if TRACEBACK.match(text):
            self._frames, self._source, self._is_inside = [], [], True
        elif frame := FRAME.match(text):
            self._frames.append((frame["file"], int(frame["line"])))
            self._source.append(text)
        elif CAUSED.match(text):
            self._cause = self._found[-1] if self._found else None
        elif DURING.match(text):
            self._context = self._found[-1] if self._found else None
        elif self._is_exception(text):
            self._end(index, text.strip())
        elif self._continues(index):
            self._found[-1] = replace(self._found[-1], text=f"{self._found[-1].text} {text.strip()}")
        elif self._is_inside or self._frames:
            self._source.append(text)

    def _is_exception(self, text: str) -> bool:
        if EXCEPTION.match(text.strip()):
            return True
        return self._is_inside and bool(self._frames) and not text[:1].isspace() and bool(AFTER_FRAMES.match(text))

    def _continues(self, index: int) -> bool:
        # A message that begins with a line break, as that of sagemaker-containers about a missing model_fn.
        return bool(self._found) and self._found[-1].index == index - 1 and self._found[-1].text.endswith(":")

    def _end(self, index: int, text: str) -> None:
        raised = Raised(index, text, tuple(self._frames), "\n".join(self._source), self._cause, self._context)
        self._found.append(raised)
        self._frames, self._source, self._is_inside, self._cause, self._context = [], [], False, None, None


def _lines_of(event: str) -> Iterator[str]:
    for line in event.splitlines():
        clean = ANSI.sub("", line).rstrip()
        parts = ONE_LINE_TRACEBACK.split(clean) if TRACEBACK.search(clean) and "File " in clean else [clean]
        yield from parts


def _text_of(line: str) -> str:
    text = _message_of(line) if line.startswith("{") else line
    while found := PREFIXES.match(text):
        text = text[found.end() :]
    return text


def _message_of(line: str) -> str:
    """Return the message of a line in JSON, as the servers of Hugging Face write it."""
    try:
        document: Any = json.loads(line)
    except ValueError:
        return line
    fields = document.get("fields")
    message = (fields if isinstance(fields, dict) else document).get("message")
    return message if isinstance(message, str) else line
