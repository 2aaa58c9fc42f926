from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from workflow_diagram.__main__ import main
from written_parts import MarkersMissing, markers, with_part

BEGIN, END = markers("workflow")

DEFINITION = "StartAt: {start}\nStates:\n  {start}: {{Type: Wait, Seconds: 1, Next: End}}\n  End: {{Type: Succeed}}\n"


def run(folder: Path, *arguments: str) -> Result:
    definition = str(folder / "machine.asl.yaml")
    return CliRunner().invoke(main, ["--definition", definition, str(folder / "README.md"), *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "machine.asl.yaml").write_text(DEFINITION.format(start="Rest"), encoding="utf-8")
    (tmp_path / "README.md").write_text(f"# Title\n{BEGIN}\n{END}\nThe rest.\n", encoding="utf-8")
    return tmp_path


def test_the_picture_is_written_between_the_markers(folder: Path) -> None:
    assert run(folder).exit_code == 0
    written = (folder / "README.md").read_text(encoding="utf-8")
    assert written.startswith(f"# Title\n{BEGIN}\n```mermaid\n%%")
    assert 'Rest(["Rest<br/>1 s"])' in written
    assert written.endswith(f"\n```\n{END}\nThe rest.\n")


def test_a_stale_picture_fails_the_check_and_is_left_alone(folder: Path) -> None:
    # Given a document drawn from a definition that has changed since
    run(folder)
    drawn = (folder / "README.md").read_text(encoding="utf-8")
    assert run(folder, "--check").exit_code == 0
    (folder / "machine.asl.yaml").write_text(DEFINITION.format(start="Pause"), encoding="utf-8")
    # When it is checked
    result = run(folder, "--check")
    # Then the check names the document and changes nothing
    assert result.exit_code == 1
    assert f"{folder / 'README.md'}: the workflow part is stale" in result.output
    assert (folder / "README.md").read_text(encoding="utf-8") == drawn


def test_every_document_is_drawn_even_when_the_first_is_up_to_date(folder: Path) -> None:
    run(folder)
    second = folder / "architecture.md"
    second.write_text(f"{BEGIN}\n{END}", encoding="utf-8")
    result = run(folder, str(second))
    assert result.output == f"{second}: the workflow part is written\n"
    assert "Rest" in second.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "document", ["none", BEGIN, END, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"]
)
def test_a_document_without_its_markers_is_refused_in_one_line(folder: Path, document: str) -> None:
    (folder / "README.md").write_text(document, encoding="utf-8")
    result = run(folder)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {folder / 'README.md'}: one {BEGIN}")
    assert (folder / "README.md").read_text(encoding="utf-8") == document


@given(st.text().filter(lambda text: "<!--" not in text), st.text(alphabet="ab\n"))
def test_drawing_twice_is_drawing_once(around: str, picture: str) -> None:
    once = with_part(f"{around}{BEGIN}old{END}{around}", "workflow", picture)
    assert with_part(once, "workflow", picture) == once
    assert once.startswith(around)
    assert once.endswith(around)


def test_the_refusal_is_an_error_of_its_own() -> None:
    with pytest.raises(MarkersMissing):
        with_part("", "workflow", "flowchart TD")
