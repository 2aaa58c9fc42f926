"""What a block promises: commands and what each prints, where everything that differs from run to run may differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

ELLIPSIS = "…"  # alone: any number of lines; within a line: anything
HERE = re.compile(r"<<'(\w+)'$", re.MULTILINE)
DIGEST = r"[0-9a-fA-F]{12,}"
SPAN = r"\d+(?:\.\d+)? (?:s|ms|min|h|d)\b(?: \d+ (?:s|min)\b)?"
# What differs from run to run: how it is known, and what may stand in its place.
DIFFERENT = {
    "span": (SPAN, SPAN),
    "moment": (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*"),
    "day": (r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d", r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d"),
    "etag": (r"(?<=\.gz )[0-9a-f]{8}\b", r"[0-9a-f]{8}"),
    "execution": (r"\d{8}T\d{6}-[0-9a-f]+", r"\d{8}T\d{6}-[0-9a-f]+"),
    # Account numbers are no digests.
    "digest": (rf"\b(?=\d*[a-fA-F])(?=[a-fA-F]*\d){DIGEST}\b", DIGEST),
    "size": (r"\d[\d,.]* (?:bytes|kB|MB)", r"\d[\d,.]* (?:bytes|kB|MB)"),
    # Columns are as wide as what stands in them.
    "space": (r"\s+", r"\s+"),
}
DIFFERS = re.compile("|".join(f"(?P<{name}>{known})" for name, (known, _) in DIFFERENT.items()))


@dataclass(frozen=True)
class Command:
    """A command as it is typed, and the lines that it is said to print."""

    text: str
    said: tuple[str, ...] = ()


def commands(lines: Sequence[str]) -> Iterator[Command]:
    r"""Yield the commands of a console block. A command goes on after `\`, and to the end of its `<<'END'`."""
    text, said = "", list[str]()
    for line in lines:
        if text and not said and _goes_on(text):
            text += f"\n{line}"
        elif line.startswith("$ "):
            if text:
                yield Command(text, tuple(said))
            text, said = line[2:], []
        else:
            said.append(line)
    if text:
        yield Command(text, tuple(said))


def _goes_on(text: str) -> bool:
    here = HERE.search(text)
    return text.endswith("\\") or (here is not None and text.splitlines()[-1] != here[1])


def agree(said: Sequence[str], printed: str) -> bool:
    """Say whether a command printed what the page says; a page that says nothing promises nothing."""
    promised = "\n".join(said).strip().splitlines()
    if not promised:
        return True
    pattern = "".join(rf"{_pattern(line)}\n" if line.strip() != ELLIPSIS else r"(?:.*\n)*?" for line in promised)
    text = "".join(f"{line.strip()}\n" for line in printed.strip().splitlines())
    return re.fullmatch(pattern, text) is not None


def _pattern(line: str) -> str:
    """Return the pattern of a line: what differs from run to run stands for its like."""
    line, pattern, at = line.strip(), "", 0
    for difference in DIFFERS.finditer(line):
        pattern += _exact(line[at : difference.start()]) + DIFFERENT[str(difference.lastgroup)][1]
        at = difference.end()
    return pattern + _exact(line[at:])


def _exact(text: str) -> str:
    return ".*?".join(re.escape(part) for part in text.split(ELLIPSIS))
