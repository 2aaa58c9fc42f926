from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.__main__ import main
from dev.docs import SECTIONS, write_docs
from dev.generated_sections import MarkersMissing, markers, section_of, with_section, write_section
from tests.conventions.project import ROOT

BEGIN, END = markers("workflow")


def test_a_section_is_written_between_the_markers(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(f"# Title\n{BEGIN}\n{END}\nThe rest.\n", encoding="utf-8")
    assert write_section(document, "workflow", "text", check=False)
    assert document.read_text(encoding="utf-8") == f"# Title\n{BEGIN}\ntext\n{END}\nThe rest.\n"
    assert not write_section(document, "workflow", "text", check=False)


def test_a_check_writes_nothing(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(f"{BEGIN}\nold\n{END}\n", encoding="utf-8")
    assert write_section(document, "workflow", "new", check=True)
    assert section_of(document.read_text(encoding="utf-8"), "workflow") == "\nold\n"


@pytest.mark.parametrize(
    "document", ["none", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"]
)
def test_a_document_without_its_markers_is_refused(document: str) -> None:
    with pytest.raises(MarkersMissing, match="needs one <!-- workflow:begin -->"):
        with_section(document, "workflow", "text")


@given(st.text().filter(lambda text: "<!--" not in text), st.text(alphabet="ab\n"))
def test_writing_twice_is_writing_once(around: str, section: str) -> None:
    once = with_section(f"{around}{BEGIN}old{END}{around}", "workflow", section)
    assert with_section(once, "workflow", section) == once
    assert once.startswith(around)
    assert once.endswith(around)


def test_the_generated_sections_of_the_documentation_are_up_to_date() -> None:
    assert write_docs(check=True) == 0, "run make docs"


def test_a_stale_section_is_named_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Given a copy of the documentation with one section changed
    (tmp_path / "docs").mkdir()
    for _, document, _ in SECTIONS:
        shutil.copy(ROOT / document, tmp_path / document)
    stale = tmp_path / "docs" / "commands.md"
    stale.write_text(with_section(stale.read_text(encoding="utf-8"), "commands", "old"), encoding="utf-8")
    # When it is checked, then the document is named and kept
    assert write_docs(check=True, root=tmp_path) == 1
    assert capsys.readouterr().out == "docs/commands.md is stale: run make docs\n"
    # And when it is written, it is as before
    assert write_docs(check=False, root=tmp_path) == 0
    assert stale.read_text(encoding="utf-8") == (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_the_tool_refuses_a_subcommand_that_does_not_exist() -> None:
    with pytest.raises(SystemExit) as refused:
        main(["pictures"])
    assert refused.value.code == 2
