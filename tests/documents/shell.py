"""A reader at a shell: every command of a page in one session, and what each printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import processes
from tests.documents.blocks import Block
from tests.documents.transcript import Command, agree, commands

END = "\x1e"  # the record separator, which no command prints
ASKS_FOR_THE_CODE = "echo $?"
PATIENCE = 120  # seconds for a page


@dataclass(frozen=True)
class Typed:
    """A command of a page, in its block; it may fail when the next one asks for its exit code."""

    block: Block
    command: Command
    may_fail: bool


@dataclass(frozen=True)
class Session:
    """Where commands run, and with what; `words` of the pages stand for others of this run: ports, `<OutputName>`."""

    folder: Path
    environment: Mapping[str, str]
    words: Mapping[str, str]

    def run(self, page: Sequence[Block]) -> list[str]:
        """Run the blocks of a page; return what did not go as the page says. A failure ends the session."""
        typed = list(_typed(page))
        ended = self._printed("".join(_guarded(self._worded(one.command.text), one.may_fail) for one in typed))
        faults = [self._fault(one, printed, code) for one, (printed, code) in zip(typed, ended, strict=False)]
        faults += [f"{one.block.place}: `{one.command.text}` was not reached" for one in typed[len(ended) :]]
        return [fault for fault in faults if fault]

    def _printed(self, script: str) -> list[tuple[str, int]]:
        command = ["bash", "-c", f"exec 2>&1\n{script}"]
        done = processes.run(command, cwd=self.folder, env=dict(self.environment), timeout=PATIENCE, check=False)
        parts = re.split(rf"{END}(\d+){END}\n", done.stdout)
        return [(printed, int(code)) for printed, code in zip(parts[::2], parts[1::2], strict=False)]

    def _fault(self, typed: Typed, printed: str, code: int) -> str:
        command = typed.command
        if code != 0 and not typed.may_fail:
            return f"{typed.block.place}: `{command.text}` ended with {code}:\n{printed}"
        said = [self._worded(line) for line in command.said]
        if not agree(said, printed):
            return f"{typed.block.place}: `{command.text}` printed\n{printed}\ninstead of\n" + "\n".join(said)
        return ""

    def _worded(self, text: str) -> str:
        for word, meant in self.words.items():
            text = text.replace(word, meant)
        return text


def _typed(page: Sequence[Block]) -> Iterator[Typed]:
    every = [(block, command) for block in page for command in commands(block.lines)]
    following = [*(command.text for _, command in every[1:]), ""]
    for (block, command), after in zip(every, following, strict=True):
        yield Typed(block, command, after == ASKS_FOR_THE_CODE)


def _guarded(command: str, may_fail: bool) -> str:
    """Return a command that reports its exit code, leaves it to the next, and ends the session unless it may fail."""
    goes_on = "" if may_fail else "[ $code -eq 0 ] || exit; "
    return f"{command}\ncode=$?; printf '{END}%d{END}\\n' $code; {goes_on}(exit $code)\n"
