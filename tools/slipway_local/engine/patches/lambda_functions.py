"""Lambda: errors by their class name, and metrics that functions write into their logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

MARK = "lambda-error:"
THEIRS = """{"status": "error", "error": str(e), "trace": traceback.format_exc()}"""
STACK = "traceback.format_tb(e.__traceback__.tb_next)"
DOCUMENT = f"""{{"errorMessage": str(e), "errorType": type(e).__name__, "stackTrace": {STACK}}}"""
OURS = f"""{{"status": "error", "error": "{MARK}" + json.dumps({DOCUMENT}), "trace": traceback.format_exc()}}"""


def report_errors_by_name(lambda_runtime: Any, lambda_svc: Any) -> None:
    """Patch MiniStack's two modules. Raises `LookupError` when they are not as they were in the pinned version."""
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(THEIRS) != 1:
        raise LookupError(
            "MiniStack's Python worker does not report errors as it did: see engine/patches/lambda_functions.py."
        )
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(THEIRS, OURS)
    execute = lambda_svc._execute_function_warm

    def execute_function_warm(func: dict[str, Any], event: dict[str, Any], request_id: str) -> dict[str, Any]:
        return with_error_document(execute(func, event, request_id))

    lambda_svc._execute_function_warm = execute_function_warm


def with_error_document(result: dict[str, Any]) -> dict[str, Any]:
    """Return the executor's result with the worker's error document as its body, where there is one."""
    body = result.get("body")
    message = body.get("errorMessage") if isinstance(body, dict) and result.get("error") else None
    if not (isinstance(message, str) and message.startswith(MARK)):
        return result
    return {**result, "body": json.loads(message.removeprefix(MARK))}


class Datum(NamedTuple):
    """One value of a metric."""

    namespace: str
    name: str
    value: float
    unit: str
    dimensions: dict[str, str]


def publish_embedded_metrics(lambda_svc: Any, cloudwatch: Any) -> None:
    """Patch `ministack.services.lambda_svc`: what a function writes is looked through, and alarms look at it."""
    emit = lambda_svc._emit_lambda_logs

    def emit_lambda_logs(func: Any, request_id: str, log_text: str, *rest: Any, **options: Any) -> None:
        emit(func, request_id, log_text, *rest, **options)
        found = list(embedded(log_text))
        for datum in found:
            cloudwatch.record_metric(*datum)
        if found:
            cloudwatch._evaluate_all_alarms()

    lambda_svc._emit_lambda_logs = emit_lambda_logs


def embedded(log_text: str) -> Iterator[Datum]:
    """Yield the metrics of a log; lines of any other form are no metrics."""
    for line in log_text.splitlines():
        if '"CloudWatchMetrics"' not in line:
            continue
        try:
            document = json.loads(line)
        except ValueError:
            continue
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
            yield from _data(directive, document)


def _data(directive: dict[str, Any], document: dict[str, Any]) -> Iterator[Datum]:
    for names in directive["Dimensions"]:
        dimensions = {name: str(document[name]) for name in names}
        for metric in directive["Metrics"]:
            values = document[metric["Name"]]
            for value in values if isinstance(values, list) else [values]:
                unit = metric.get("Unit", "None")
                yield Datum(directive["Namespace"], metric["Name"], float(value), unit, dimensions)
