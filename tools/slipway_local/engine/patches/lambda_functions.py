"""Lambda: errors by their class name, and metrics that functions write into their logs.

MiniStack's Python worker reports only the text of an exception, and its executor calls every one
`Runtime.HandlerError`; no ErrorEquals would ever match. The worker is made to send Lambda's own error document
(errorMessage, errorType, stackTrace, as the Lambda developer guide shows it) and the executor to pass it on. The
stack begins at the handler, as Lambda's does: the worker's own frame is left out.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html: a
log line with metrics is a JSON object whose `_aws.CloudWatchMetrics` name the members that are metrics, and those that
are dimensions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from slipway_local.engine.patches import Engine, patch

Execute = Callable[[dict[str, Any], Any, str], dict[str, Any]]
EMIT_PARAMETERS = ("func", "request_id", "log_text", "error", "duration_ms", "log_source")
MARK = "lambda-error:"
THEIRS = """{"status": "error", "error": str(e), "trace": traceback.format_exc()}"""
STACK = "traceback.format_tb(e.__traceback__.tb_next)"
DOCUMENT = f"""{{"errorMessage": str(e), "errorType": type(e).__name__, "stackTrace": {STACK}}}"""
OURS = f"""{{"status": "error", "error": "{MARK}" + json.dumps({DOCUMENT}), "trace": traceback.format_exc()}}"""


@patch("core.lambda_runtime", "_PYTHON_WORKER_SCRIPT", is_function=False)
def worker_script(script: str, _engine: Engine) -> str:
    """Let the worker send Lambda's error document. Raises `LookupError` when it reports errors in another way."""
    if script.count(THEIRS) != 1:
        raise LookupError("MiniStack's Python worker does not report errors as it did: see lambda_functions.py.")
    return script.replace(THEIRS, OURS)


@patch("services.lambda_svc", "_execute_function_warm", "func", "event", "request_id")
def execute_function_warm(execute: Execute, _engine: Engine) -> Execute:
    """Pass the worker's error document on."""

    def executed(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        return with_error_document(execute(func, event, request_id))

    return executed


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


@patch("services.lambda_svc", "_emit_lambda_logs", *EMIT_PARAMETERS)
def emit_lambda_logs(emit: Callable[..., None], _engine: Engine) -> Callable[..., None]:
    """Publish the metrics that a function writes, and let alarms evaluate them."""
    from ministack.services import cloudwatch  # noqa: PLC0415 - MiniStack reads its environment when it is imported

    def emitted(func: Any, request_id: str, log_text: str, *rest: Any, **options: Any) -> None:
        emit(func, request_id, log_text, *rest, **options)
        found = list(embedded(log_text))
        for datum in found:
            cloudwatch.record_metric(*datum)
        if found:
            cloudwatch._evaluate_all_alarms()

    return emitted


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
