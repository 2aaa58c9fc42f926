"""Lambda: few processes at once, errors by their class name, and metrics that functions write into their logs.

MiniStack's Python worker reports only the text of an exception, and its executor calls every one
`Runtime.HandlerError`; no ErrorEquals would ever match. The worker is made to send Lambda's own error document
(errorMessage, errorType, stackTrace, as the Lambda developer guide shows it) and the executor to pass it on. The
stack begins at the handler, as Lambda's does: the worker's own frame is left out.

The document is sent as a result, because MiniStack ends a process that reports an error. Lambda's runtime reports the
exception of a handler and goes on with the next event: `handle_event_request` and the loop around it in
https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/bootstrap.py

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html: a
log line with metrics is a JSON object whose `_aws.CloudWatchMetrics` name the members that are metrics, and those that
are dimensions.
"""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from slipway_local.engine.function_processes import FunctionProcesses
from slipway_local.engine.patches import Engine, patch

CORES = os.cpu_count() or 1
Execute = Callable[[dict[str, Any], Any, str], dict[str, Any]]
EMIT_PARAMETERS = ("func", "request_id", "log_text", "error", "duration_ms", "log_source")
# A function is busy with the processor here, not with waiting: more at once would only start more processes.
MAX_AT_ONCE = min(2 * CORES, 16)
MAX_PROCESSES = min(20 * CORES, 64)
ENDING = threading.Event()  # set when the engine ends, so that executions under way start no further process
# What MiniStack says of a worker that ended before, while and after it was sent an event.
DEAD = ("Worker process died", "Worker process exited", "Worker returned no response", "[Errno 32] Broken pipe")
MARK = "slipway:lambda-error"
THEIRS = """{"status": "error", "error": str(e), "trace": traceback.format_exc()}"""
STACK = "traceback.format_tb(e.__traceback__.tb_next)"
DOCUMENT = f"""{{"errorMessage": str(e), "errorType": type(e).__name__, "stackTrace": {STACK}}}"""
OURS = f"""{{"status": "ok", "result": {{"{MARK}": {DOCUMENT}, "trace": traceback.format_exc()}}}}"""


@patch("ministack.core.lambda_runtime", "_PYTHON_WORKER_SCRIPT", is_function=False)
def worker_script(script: str, _engine: Engine) -> str:
    """Let the worker send Lambda's error document. Raises `LookupError` when it reports errors in another way."""
    if script.count(THEIRS) != 1:
        raise LookupError("MiniStack's Python worker does not report errors as it did: see lambda_functions.py.")
    return script.replace(THEIRS, OURS)


@patch("ministack.services.lambda_svc", "_execute_function_warm", "func", "event", "request_id")
def execute_function_warm(execute: Execute, _engine: Engine) -> Execute:
    """Run a few functions at once, and pass the worker's error document on.

    The others wait: MiniStack has one process for each concurrent call, and its own limit refuses calls. A function
    that another one waits for does not wait itself.
    """
    from ministack.core import lambda_runtime  # noqa: PLC0415 - MiniStack reads its environment when it is imported
    from ministack.services import lambda_svc  # noqa: PLC0415

    slots = threading.BoundedSemaphore(MAX_AT_ONCE)

    def executed(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        if lambda_svc._invoke_depth.get() > 1:
            return with_error_document(execute(func, event, request_id), request_id)
        with slots:
            if ENDING.is_set():
                raise RuntimeError("The engine ends.")
            end_idle_workers(lambda_runtime, MAX_PROCESSES - 1)
            return with_error_document(execute(func, event, request_id), request_id)

    return executed


def end_idle_workers(lambda_runtime: Any, limit: int) -> None:
    """End idle worker processes, the longest idle first, until there are at most `limit` processes."""
    with lambda_runtime._lock:
        workers = [worker for pool in lambda_runtime._workers.values() for worker in pool]
        idle = sorted((worker for worker in workers if not worker.in_use), key=lambda worker: worker.last_used)
        ended = idle[: max(0, len(workers) - limit)]
        for pool in lambda_runtime._workers.values():
            pool[:] = [worker for worker in pool if worker not in ended]
    lambda_runtime.kill_workers(ended)


@patch("ministack.core.lambda_runtime", "subprocess", is_function=False)
def forked_processes(original: Any, _engine: Engine) -> Any:
    """Fork the processes of Python functions from one that has imported the AWS SDK."""
    processes = FunctionProcesses()

    def start(command: list[str], **options: Any) -> Any:
        if command[0] != sys.executable:
            return original.Popen(command, **options)
        return processes.start(command[1], options["cwd"], options["env"])

    return SimpleNamespace(**{**vars(original), "Popen": start})


@patch("ministack.core.lambda_runtime", "zipfile", is_function=False)
def shared_code(original: Any, _engine: Engine) -> Any:
    """Unpack a function's code once for all its processes, which read it only."""
    return SimpleNamespace(**{**vars(original), "ZipFile": SharedCode})


class SharedCode(zipfile.ZipFile):
    """An archive that is unpacked once; every further target is a link to the first."""

    _unpacking = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        """Link the empty folder `path` to the unpacked archive, compiled for all processes at once."""
        archive, target = Path(str(self.filename)), Path(path)
        shared = Path(tempfile.gettempdir()) / "code" / hashlib.sha256(archive.read_bytes()).hexdigest()[:16]
        with self._unpacking:
            if not shared.exists():
                unfinished = shared.with_suffix(".unfinished")
                super().extractall(unfinished, members, pwd)
                compileall.compile_dir(unfinished, quiet=2)
                for file in unfinished.rglob("*"):
                    if file.is_file():
                        file.chmod(0o444)  # a folder stays writable, or it could not be removed
                unfinished.rename(shared)
        target.rmdir()
        target.symlink_to(shared)
        archive.write_bytes(b"")


def with_error_document(result: dict[str, Any], request_id: str) -> dict[str, Any]:
    """Return the executor's result with the worker's error document as its body, where there is one.

    A worker that was killed sends none: its error is Runtime.ExitError, as Lambda reports it.
    """
    body = result.get("body")
    if not isinstance(body, dict):
        return result
    if body.keys() == {MARK, "trace"}:
        log = "\n".join(filter(None, [result.get("log", ""), body["trace"]]))
        return {**result, "body": body[MARK], "error": True, "log": log}
    message = body.get("errorMessage") if result.get("error") else None
    if isinstance(message, str) and message.startswith(DEAD):
        text = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
        return {**result, "body": {"errorType": "Runtime.ExitError", "errorMessage": text}}
    return result


class Datum(NamedTuple):
    """One value of a metric."""

    namespace: str
    name: str
    value: float
    unit: str
    dimensions: dict[str, str]


@patch("ministack.services.lambda_svc", "_emit_lambda_logs", *EMIT_PARAMETERS)
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
