"""The fenced blocks of a page, and how each is marked.

`console` blocks are run: a line that begins with `$ ` is a command, the rest is what it prints.
A comment above a block says otherwise: `<!-- needs AWS -->`, or `<!-- run by tests/… -->` where a test
of its own does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Where a newcomer begins, then the rest in the order of the index.
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])

NEEDS_AWS = "<!-- needs AWS -->"
FAR = "far"  # a comment that an empty line separates from its block
FENCE, RUN_BY = re.compile(r"^```(\S*)$"), re.compile(r"^<!-- run by (\S+) -->$")
RUN = "console"
LANGUAGES = {RUN, "json", "mermaid", "python", "text", "yaml"}
# How a line that is meant to be typed begins, whatever the block says of itself.
TYPED = re.compile(r"^(\$ |(aws|sam|slipway|make|pip|pipx|uv|curl|docker|export|git|cd|python3?) \S)")


@dataclass(frozen=True)
class Block:
    """A fenced block; `line` is its fence's, counted from 1, `mark` the comment right above it."""

    page: Path
    line: int
    language: str
    lines: tuple[str, ...]
    mark: str = ""

    @property
    def place(self) -> str:
        """Return `docs/page.md:12`."""
        return f"{self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page.name}:{self.line}"

    @property
    def needs_aws(self) -> bool:
        """Say whether only an AWS account can run it."""
        return self.mark == NEEDS_AWS

    @property
    def run_by(self) -> str:
        """Return the test that runs it instead, or nothing."""
        found = RUN_BY.match(self.mark)
        return found[1] if found else ""

    @property
    def is_run(self) -> bool:
        """Say whether it is to be run as it stands."""
        return self.language == RUN and not self.needs_aws and not self.run_by


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in their order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        fence = FENCE.match(lines[at])
        if not fence:
            at += 1
            continue
        end = lines.index("```", at + 1)
        yield Block(page, at + 1, fence[1], tuple(lines[at + 1 : end]), _mark(lines[:at]))
        at = end + 1


def faults(block: Block) -> Iterator[str]:
    """Yield what is wrong with how a block is marked."""
    if block.language not in LANGUAGES:
        yield f"{block.place}: say what it is: {', '.join(sorted(LANGUAGES))}; commands are in a {RUN} block"
    if block.language != RUN and any(TYPED.match(line) for line in block.lines):
        yield f"{block.place}: it has a command: make it a {RUN} block with $ before each"
    if block.language == RUN and not block.lines[0].startswith("$ "):
        yield f"{block.place}: a {RUN} block begins with a command, after `$ `"
    if block.language == RUN and block.mark == FAR:
        yield f"{block.place}: no empty line between its comment and the block: it would be run"
    if block.run_by and not (ROOT / block.run_by).is_file():
        yield f"{block.place}: there is no {block.run_by} to run it"


def _mark(above: list[str]) -> str:
    if above[-1:] == [""] and _mark(above[:-1]):
        return FAR
    # A generated block's own comment may stand between the two.
    for line in reversed(above):
        if not line.startswith("<!--"):
            return ""
        if line == NEEDS_AWS or RUN_BY.match(line):
            return line
    return ""
