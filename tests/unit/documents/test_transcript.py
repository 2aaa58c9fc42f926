"""What a page promises, and what counts as keeping it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.documents.blocks import Block, blocks, faults
from tests.documents.shell import Session
from tests.documents.transcript import Command, agree, commands


def console(*lines: str) -> Block:
    return Block(Path("page.md"), 1, "console", lines)


def test_commands_go_on_after_a_backslash_and_in_a_here_document() -> None:
    lines = ["$ one \\", "  two", "said", "$ cat >file <<'END'", "line", "$ no command", "END", "$ three"]
    assert list(commands(lines)) == [
        Command("one \\\n  two", ("said",)),
        Command("cat >file <<'END'\nline\n$ no command\nEND"),
        Command("three"),
    ]


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("Created e in 12 s", "Created e in 1 min 4 s"),
        ("Config  e-79db80abe13b", "Config    e-111111111111"),
        ("Nov 22 23:22  Created", "Dec  1 01:02  Created"),
        ("e-20261122T232219-bc1f", "e-20270101T000000-0000"),
        ("one\n…\nfour", "one\ntwo\nthree\nfour\n"),
        ("one\n…\nfour", "one\nfour\n"),
        ("at … last", "at long last"),
        ("", "anything"),
    ],
)
def test_variable_parts_of_an_output_can_differ(said: str, printed: str) -> None:
    assert agree(said.splitlines(), printed)


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("Created e in 12 s", "Updated e in 12 s"),
        ("683313688378.dkr.ecr", "683313688379.dkr.ecr"),
        ("one\nthree", "one\ntwo\nthree"),
        ("one", ""),
        ("{a.b}", "{axb}"),
    ],
)
def test_other_parts_of_an_output_must_agree(said: str, printed: str) -> None:
    assert not agree(said.splitlines(), printed)


def test_a_session_keeps_its_state_and_stops_at_the_first_failure(tmp_path: Path) -> None:
    session = Session(tmp_path, {"PATH": "/usr/bin:/bin"}, {"<Word>": "meant"})
    good = console(
        "$ export A=<Word>", "$ echo $A; echo x >file", "meant", "$ false", "$ echo $?", "1", "$ cat file", "x"
    )
    assert session.run([good]) == []
    differs, ends, unreached = console("$ echo a", "b"), console("$ echo why >&2; exit 3"), console("$ echo c", "d")
    found = session.run([differs, console("$ false"), unreached])
    assert len(found) == 3
    assert "printed\na\n\ninstead of\nb" in found[0]
    assert "`false` ended with 1" in found[1]
    assert "`echo c` was not reached" in found[2]
    assert session.run([ends]), "a session that is ended is not one that went well"


def test_blocks_are_found_with_their_marks_and_faults(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- needs AWS -->\n```console\n$ sam deploy\n```\n"
        "<!-- run by tests/nowhere.py -->\n<!-- made:begin -->\n```console\n$ make demo\n```\n"
        "```\naws s3 ls\n```\n```console\n$ ls\n```\n```text\ntree\n```\n"
        "<!-- needs AWS -->\n\n```console\n$ sam deploy\n```\n"
    )
    found = list(blocks(page))
    assert [block.is_run for block in found] == [False, False, False, True, False, True]
    assert [block.line for block in found] == [2, 7, 10, 13, 16, 21]
    assert [len(list(faults(block))) for block in found] == [0, 1, 2, 0, 0, 1]
