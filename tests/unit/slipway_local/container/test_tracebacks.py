"""What a container's log shows of a script that fails: the script's own frames and no others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from slipway_local.container.settings import Settings
from slipway_local.container.tracebacks import of_the_script
from slipway_local.container.transformer import load

CHAINED = """
def model_fn(model_dir):
    try:
        {}["weights"]
    except KeyError as error:
        raise OSError("no weights") from error
"""


def shown(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> list[str]:
    """Return what is shown of the error that loading a script ends in."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "failing_script", raising=False)
    (folder / "failing_script.py").write_text(script)
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever the script raises
        load(Settings(folder, folder, "failing_script.py", "application/json", 0))
    without_this_test = raised.value.with_traceback(raised.tb.tb_next)
    return of_the_script(without_this_test).replace(f"{folder}/", "").splitlines()


def test_the_traceback_begins_in_the_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(tmp_path, monkeypatch, "def model_fn(model_dir):\n    raise OSError('no weights')\n")

    assert lines == [
        "Traceback (most recent call last):",
        '  File "failing_script.py", line 2, in model_fn',
        "    raise OSError('no weights')",
        "OSError: no weights",
    ]


def test_a_module_that_is_missing_is_shown_where_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = shown(tmp_path, monkeypatch, "import no_such_package\n")

    assert lines == [
        "Traceback (most recent call last):",
        '  File "failing_script.py", line 1, in <module>',
        "    import no_such_package",
        "ModuleNotFoundError: No module named 'no_such_package'",
    ]


def test_a_script_that_does_not_parse_is_shown_without_who_parsed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = shown(tmp_path, monkeypatch, "def model_fn(model_dir)\n")

    assert (lines[0], lines[-1]) == ('  File "failing_script.py", line 1', "SyntaxError: expected ':'")


def test_the_cause_of_an_error_is_trimmed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(tmp_path, monkeypatch, CHAINED)

    assert lines[1] == '  File "failing_script.py", line 4, in model_fn'
    assert "The above exception was the direct cause of the following exception:" in lines
    assert not any("slipway_local" in line for line in lines)


def test_a_function_that_is_missing_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = shown(tmp_path, monkeypatch, "")

    assert line.startswith("NotImplementedError: Please provide a model_fn implementation.")
