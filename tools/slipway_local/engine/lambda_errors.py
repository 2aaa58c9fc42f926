"""Let a Lambda's exception reach the state machine under its class name, as it does on AWS.

MiniStack's Python worker reports only the text of an exception, and its executor calls every one
`Runtime.HandlerError`; no ErrorEquals would ever match. The worker is made to send Lambda's own error document
(errorMessage, errorType, stackTrace, as the Lambda developer guide shows it) and the executor to pass it on. The
stack begins at the handler, as Lambda's does: the worker's own frame is left out.
"""

from __future__ import annotations

import json
from typing import Any

MARK = "lambda-error:"
THEIRS = """{"status": "error", "error": str(e), "trace": traceback.format_exc()}"""
STACK = "traceback.format_tb(e.__traceback__.tb_next)"
DOCUMENT = f"""{{"errorMessage": str(e), "errorType": type(e).__name__, "stackTrace": {STACK}}}"""
OURS = f"""{{"status": "error", "error": "{MARK}" + json.dumps({DOCUMENT}), "trace": traceback.format_exc()}}"""


def report_errors_by_name(lambda_runtime: Any, lambda_svc: Any) -> None:
    """Patch MiniStack's two modules. Raises `LookupError` when they are not as they were in the pinned version."""
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if script.count(THEIRS) != 1:
        raise LookupError("MiniStack's Python worker does not report errors as it did: look at lambda_errors.py.")
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
