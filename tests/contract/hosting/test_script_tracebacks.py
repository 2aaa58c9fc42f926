"""What a container's log shows of a script that fails: the script's own frames and no others."""

from __future__ import annotations

import pytest
from tests.contract.hosting.conftest import Start
from tests.unit.slipway_local.hosting.doubles import MemoryLogs

from slipway_local.ports import HostingFailed, Invocation


def log_of(start: Start, logs: MemoryLogs, script: str) -> list[str]:
    """Return the log of a container that fails to start, without the folders in it."""
    with pytest.raises(HostingFailed):
        start({"code/inference.py": script, "code/neighbour.py": "import no_such_package\n"})
    return [line.replace(line.partition('"')[2].partition("inference.py")[0], "") for line in logs.lines]


def test_the_traceback_begins_in_the_script(start: Start, logs: MemoryLogs) -> None:
    assert log_of(start, logs, "def model_fn(model_dir):\n    raise OSError('no weights')\n") == [
        "Traceback (most recent call last):",
        '  File "inference.py", line 2, in model_fn',
        "    raise OSError('no weights')",
        "OSError: no weights",
    ]


def test_a_module_that_is_missing_is_shown_where_it_is_imported(start: Start, logs: MemoryLogs) -> None:
    lines = log_of(start, logs, "import neighbour\n")

    assert lines[:3] == [
        "Traceback (most recent call last):",
        '  File "inference.py", line 1, in <module>',
        "    import neighbour",
    ]
    assert lines[-1] == "ModuleNotFoundError: No module named 'no_such_package'"
    assert not any("slipway_local" in line or "importlib" in line for line in lines)


def test_a_script_that_does_not_parse_is_shown_without_who_parsed_it(start: Start, logs: MemoryLogs) -> None:
    assert log_of(start, logs, "def model_fn(model_dir)\n") == [
        '  File "inference.py", line 1',
        "    def model_fn(model_dir)",
        "                           ^",
        "SyntaxError: expected ':'",
    ]


def test_the_cause_of_an_error_is_trimmed_too(start: Start, logs: MemoryLogs) -> None:
    script = """
def model_fn(model_dir):
    try:
        {}["weights"]
    except KeyError as error:
        raise OSError("no weights") from error
"""
    lines = log_of(start, logs, script)

    assert lines[1] == '  File "inference.py", line 4, in model_fn'
    assert "The above exception was the direct cause of the following exception:" in lines
    assert not any("slipway_local" in line for line in lines)


def test_a_function_that_is_missing_is_one_line(start: Start, logs: MemoryLogs) -> None:
    lines = log_of(start, logs, "")

    assert (
        lines[0] == "NotImplementedError: Please provide a model_fn implementation. See documentation for model_fn "
        "at https://sagemaker.readthedocs.io/en/stable/"
    )
    assert len(lines) == 1


def test_an_invocation_that_fails_is_shown_in_the_script_only(start: Start, logs: MemoryLogs) -> None:
    script = "def model_fn(d): ...\ndef predict_fn(data, model):\n    raise ValueError('no such feature: 9')\n"
    container = start({"code/inference.py": script})
    container.invoke(Invocation(b"[1]", "application/json"))
    container.stop()

    assert logs.lines[0].endswith("ERROR The script failed on an invocation")
    assert logs.lines[2].endswith('inference.py", line 3, in predict_fn')
    assert logs.lines[-1] == "ValueError: no such feature: 9"
