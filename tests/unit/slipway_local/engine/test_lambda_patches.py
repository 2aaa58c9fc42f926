"""Metrics in logs are found as CloudWatch finds them, and everything else is left alone."""

from __future__ import annotations

import json
import tempfile
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.metrics import Metrics
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import cloudwatch
from tests.processes import TIMEOUT

from slipway_local.engine.patches.lambda_functions import (
    MARK,
    MAX_AT_ONCE,
    THEIRS,
    Datum,
    SharedCode,
    embedded,
    emit_lambda_logs,
    end_idle_workers,
    execute_function_warm,
    with_error_document,
    worker_script,
)
from slipway_local.engine.patches.stepfunctions import lambda_error_name

NO_ENGINE: Any = None
LINE = json.dumps(
    {
        "_aws": {
            "Timestamp": 1,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Slipway",
                    "Dimensions": [["service"], ["service", "Outcome"]],
                    "Metrics": [{"Name": "Deployments", "Unit": "Count"}],
                }
            ],
        },
        "service": "slipway",
        "Outcome": "Created",
        "Deployments": [1.0, 2.0],
    }
)


def test_every_value_is_published_under_every_set_of_dimensions() -> None:
    assert list(embedded(f"START\n{LINE}\nEND")) == [
        Datum("Slipway", "Deployments", value, "Count", dimensions)
        for dimensions in ({"service": "slipway"}, {"service": "slipway", "Outcome": "Created"})
        for value in (1.0, 2.0)
    ]


def test_what_powertools_writes_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics(namespace="Slipway", service="one-stack")
    metrics.add_dimension(name="Outcome", value="Created")
    metrics.add_metric(name="Deployments", unit="Count", value=1)
    metrics.flush_metrics()

    (datum,) = embedded(capsys.readouterr().out)

    assert datum == Datum("Slipway", "Deployments", 1.0, "Count", {"service": "one-stack", "Outcome": "Created"})


@given(st.text() | st.just('{"CloudWatchMetrics"') | st.just('{"message": "\\"CloudWatchMetrics\\""}'))
def test_other_lines_are_no_metrics(text: str) -> None:
    assert list(embedded(text)) == []


def test_a_function_s_log_is_kept_and_its_metrics_are_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    published: list[Any] = []
    monkeypatch.setattr(cloudwatch, "record_metric", lambda *datum: published.append(datum))
    monkeypatch.setattr(cloudwatch, "_evaluate_all_alarms", lambda: published.append("alarms"))
    emit = emit_lambda_logs(lambda func, request_id, text, *rest, **options: kept.append(text), NO_ENGINE)

    for text in (LINE, "nothing"):
        emit({}, "id", text, False, 1, log_source=None)

    assert kept == [LINE, "nothing"]
    assert [one if one == "alarms" else one[1] for one in published] == [*["Deployments"] * 4, "alarms"]


def reported(document: object) -> dict[str, Any]:
    """Return what MiniStack's executor makes of a worker's error."""
    return {"body": {MARK: document, "trace": "a traceback"}, "log": "what it printed"}


@given(st.text(), st.text(min_size=1))
def test_the_workers_document_becomes_the_body(message: str, name: str) -> None:
    document = {"errorMessage": message, "errorType": name, "stackTrace": []}

    log = "what it printed\na traceback"
    assert with_error_document(reported(document), "id") == {"body": document, "error": True, "log": log}


@pytest.mark.parametrize(
    "result",
    [
        {"body": {"errorMessage": "Task timed out", "errorType": "Sandbox.Timedout"}, "error": True},
        {"body": {"errorMessage": "Worker process died"}},
        {"body": {MARK: {}, "trace": "", "more": ""}},
        {"body": {"errorMessage": None}, "error": True},
        {"body": "text", "error": True},
        {"body": None},
        {},
    ],
)
def test_anything_else_is_left_alone(result: dict[str, Any]) -> None:
    assert with_error_document(dict(result), "id") == result


def test_the_worker_sends_the_document() -> None:
    script = worker_script(f"write(json.dumps({THEIRS}))", NO_ENGINE)

    compile(script, "worker", "exec")
    assert THEIRS not in script


def test_a_worker_that_reports_in_another_way_is_refused_by_name() -> None:
    with pytest.raises(LookupError, match=r"lambda_functions\.py"):
        worker_script("try: ...", NO_ENGINE)


@pytest.mark.parametrize("message", ["Worker process died", "Worker process exited immediately. stderr: "])
def test_a_killed_worker_has_the_error_that_lambda_reports(message: str) -> None:
    result = {"body": {"errorMessage": message, "errorType": "Runtime.HandlerError"}, "error": True}

    body = with_error_document(result, "id")["body"]

    assert body["errorType"] == "Runtime.ExitError"
    assert body["errorMessage"].startswith("RequestId: id Error: Runtime exited")


@pytest.mark.parametrize(
    ("name", "cause", "expected"),
    [
        ("Runtime.ExitError", "{}", "Lambda.Unknown"),
        ("Lambda.Unknown", '{"__type": "TooManyRequestsException"}', "Lambda.TooManyRequestsException"),
        ("Lambda.Unknown", "{}", "Lambda.Unknown"),
        ("ValueError", '{"errorMessage": "TooManyRequestsException"}', "ValueError"),
    ],
)
def test_a_failed_function_has_the_name_that_step_functions_documents(name: str, cause: str, expected: str) -> None:
    assert lambda_error_name(name, cause) == expected


def test_the_longest_idle_workers_are_ended_down_to_the_limit() -> None:
    workers = [SimpleNamespace(in_use=used == "now", last_used=age) for age, used in enumerate(["", "now", "", ""])]
    ended: list[Any] = []
    runtime = SimpleNamespace(
        _lock=threading.Lock(), _workers={"a": workers[:2], "b": workers[2:]}, kill_workers=ended.extend
    )

    end_idle_workers(runtime, 2)

    assert ended == [workers[0], workers[2]]
    assert runtime._workers == {"a": [workers[1]], "b": [workers[3]]}


def test_so_many_functions_run_at_once_and_the_others_wait() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def execute(func: Any, event: Any, request_id: str) -> dict[str, Any]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        full.wait(TIMEOUT)
        with lock:
            running -= 1
        return {"body": event}

    full = threading.Barrier(MAX_AT_ONCE)
    limited = execute_function_warm(execute, NO_ENGINE)
    with ThreadPoolExecutor(3 * MAX_AT_ONCE) as pool:
        results = list(pool.map(lambda number: limited({}, number, "id")["body"], range(3 * MAX_AT_ONCE)))

    assert results == list(range(3 * MAX_AT_ONCE))
    assert most == MAX_AT_ONCE


def test_code_is_unpacked_once_for_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    linked = []
    for number in range(2):
        archive, target = tmp_path / f"{number}.zip", tmp_path / f"code-{number}"
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr(zipfile.ZipInfo("package/app.py"), "x = 1")
        target.mkdir()
        with SharedCode(archive) as shared:
            shared.extractall(target)
        linked.append(target)
        assert archive.stat().st_size == 0

    assert linked[0].resolve() == linked[1].resolve()
    assert (linked[0] / "package/app.py").read_text() == "x = 1"
    assert (linked[0] / "package/app.py").stat().st_mode & 0o222 == 0
    assert list((linked[0] / "package/__pycache__").iterdir()), "compiled"
