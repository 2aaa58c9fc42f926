from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_local.engine.patches.lambda_functions import MARK, THEIRS, report_errors_by_name, with_error_document


def reported(document: object) -> dict[str, Any]:
    """Return what MiniStack's executor makes of a worker's error."""
    body = {"errorMessage": f"{MARK}{json.dumps(document)}", "errorType": "Runtime.HandlerError"}
    return {"body": body, "error": True, "log": "what it printed"}


@given(st.text(), st.text(min_size=1))
def test_the_workers_document_becomes_the_body(message: str, name: str) -> None:
    document = {"errorMessage": message, "errorType": name, "stackTrace": []}

    assert with_error_document(reported(document)) == {"body": document, "error": True, "log": "what it printed"}


@pytest.mark.parametrize(
    "result",
    [
        {"body": {"errorMessage": "Task timed out", "errorType": "Sandbox.Timedout"}, "error": True},
        {"body": {"errorMessage": f"{MARK}not an error"}},
        {"body": {"errorMessage": None}, "error": True},
        {"body": "text", "error": True},
        {"body": None},
        {},
    ],
)
def test_anything_else_is_left_alone(result: dict[str, Any]) -> None:
    assert with_error_document(dict(result)) == result


def test_the_worker_and_the_executor_are_patched_together() -> None:
    runtime = SimpleNamespace(_PYTHON_WORKER_SCRIPT=f"write(json.dumps({THEIRS}))")
    service = SimpleNamespace(_execute_function_warm=lambda *_: reported({"errorType": "Foo"}))

    report_errors_by_name(runtime, service)

    compile(runtime._PYTHON_WORKER_SCRIPT, "worker", "exec")
    assert THEIRS not in runtime._PYTHON_WORKER_SCRIPT
    assert service._execute_function_warm({}, {}, "id")["body"] == {"errorType": "Foo"}
