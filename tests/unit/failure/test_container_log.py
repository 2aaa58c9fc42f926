"""Reading a container's log: prefixes, access log, tracebacks."""

from __future__ import annotations

import pytest

from slipway.failure.container_log import exceptions_in, last_messages, read_log
from slipway.failure.find_cause import find_cause

ERROR = "ValueError: the model is upside down"


@pytest.mark.parametrize(
    "line",
    [
        ERROR,
        f"2021-04-09 04:53:51,251 [INFO ] W-9000-model_1-stdout org.pytorch.serve.wlm.WorkerLifeCycle - {ERROR}",
        f"[INFO ] W-9000-model_1-stdout com.amazonaws.ml.mms.wlm.WorkerLifeCycle - {ERROR}",
        f"[WARN ] W-9000-model-stderr com.amazonaws.ml.mms.wlm.WorkerLifeCycle - {ERROR}",
        f"2025-05-20T13:45:48.636Z | {ERROR}",
        f"|  1747757348637 | {ERROR}",
        f"algo-1-qjr8q_1  | {ERROR}",
        f"\x1b[31m{ERROR}\x1b[0m",
        f"(EngineCore_0 pid=123) ERROR 08-12 10:11:12 [core.py:632] {ERROR}",
        f'{{"timestamp": "2025-05-20T16:09:07Z", "level": "ERROR", "fields": {{"message": "{ERROR}"}}}}',
        f'{{"level": "ERROR", "message": "{ERROR}"}}',
        f"[ERROR] PyProcess W-1234-model-stdout: {ERROR}",
    ],
)
def test_an_exception_is_found_behind_what_servers_write_in_front(line: str) -> None:
    (raised,) = exceptions_in(read_log([line]).texts)

    assert raised.text == ERROR


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: ImportError: flash_attn not installed, falling back",
        "2023-01-01 00:00:00 WARNING loader ValueError: retrying",
        "vllm args: enable_OOM_dump=True on_error=ValueError",
        "Error handling request /ping",
    ],
)
def test_a_word_in_a_line_is_no_exception(line: str) -> None:
    assert exceptions_in(read_log([line]).texts) == []


def test_access_log_is_kept_apart() -> None:
    log = read_log(
        ["started", '169.254.178.2:1 - "GET /ping HTTP/1.1" 404 Not Found', '""POST /invocations HTTP/1.1"" 200 1']
    )

    assert log.lines == ["started"]
    assert [(ping.index, ping.status) for ping in log.pings] == [(0, 404)]
    assert len(log.access) == 2


def test_a_traceback_in_one_line_is_read() -> None:
    line = (
        'Traceback (most recent call last):   File "/opt/program/predictor.py", line 3, in <module>    import flask'
        "  ImportError: cannot import name 'escape' from 'jinja2'"
    )

    (raised,) = exceptions_in(read_log([line]).texts)

    assert raised.text == "ImportError: cannot import name 'escape' from 'jinja2'"
    assert raised.frames == (("/opt/program/predictor.py", 3),)


def test_an_exception_before_its_traceback_is_put_together() -> None:
    lines = [
        "ImportError: no",
        "Traceback (most recent call last):",
        '  File "/opt/ml/model/code/inference.py", line 4',
    ]

    (raised,) = exceptions_in(lines)

    assert (raised.text, raised.place) == ("ImportError: no", "code/inference.py:4")


@pytest.mark.parametrize(
    ("file", "place"),
    [
        ("/opt/ml/model/code/inference.py", "code/inference.py:7"),
        ("/opt/ml/code/train.py", "code/train.py:7"),
        ("/.sagemaker/mms/models/model/code/inference.py", "code/inference.py:7"),
        ("/tmp/slipway/digits/model/code/inference.py", "code/inference.py:7"),
        ("/tmp/models/f0fd3b17bf9546dcbf726dc39956b075/handler.py", "handler.py:7"),
        ("/tmp/models/f0fd3b17bf9546dcbf726dc39956b075/handler_service.py", ""),
        ("/opt/conda/lib/python3.10/site-packages/code/inference.py", ""),
        ("/sagemaker/serve.py", ""),
    ],
)
def test_a_place_is_a_path_within_the_archive(file: str, place: str) -> None:
    (raised,) = exceptions_in(["Traceback (most recent call last):", f'  File "{file}", line 7, in f', ERROR])

    assert raised.place == place


def test_the_last_exception_of_the_last_traceback_decides() -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "/server.py", line 1, in load',
        "ModuleNotFoundError: No module named 'image_classifier'",
        "During handling of the above exception, another exception occurred:",
        "Traceback (most recent call last):",
        '  File "/server.py", line 2, in load',
        "PermissionError: [Errno 13] Permission denied: '/opt/ml/model/model.pth'",
        "ImportError: optional accelerator is not installed",
    ]

    finding = find_cause(read_log(lines))

    assert finding is not None
    assert finding.name == "FilePermissionDenied"


def test_an_exception_that_only_reports_another_decides_nothing() -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "/vllm/engine.py", line 1, in run',
        "ValueError: Unsupported model type mistral",
        "Traceback (most recent call last):",
        '  File "/vllm/core.py", line 2, in wait',
        "RuntimeError: Engine core initialization failed. See root cause above.",
    ]

    finding = find_cause(read_log(lines))

    assert finding is not None
    assert (finding.name, finding.index) == ("ModelNotSupported", 2)


def test_the_exception_that_another_was_raised_from_is_checked_too() -> None:
    lines = [
        "Traceback (most recent call last):",
        '  File "/server.py", line 1, in load',
        "ModuleNotFoundError: No module named 'shap'",
        "The above exception was the direct cause of the following exception:",
        "Traceback (most recent call last):",
        '  File "/server.py", line 2, in load',
        "LoadError: the model could not be loaded",
    ]

    finding = find_cause(read_log(lines))

    assert finding is not None
    assert finding.name == "ContainerImportError"


def test_a_traceback_of_the_server_s_metrics_decides_nothing() -> None:
    metrics = [
        "Traceback (most recent call last):",
        '  File "ts/metrics/metric_collector.py", line 27, in <module>',
        "ModuleNotFoundError: No module named 'nvgpu'",
    ]

    assert find_cause(read_log(metrics)) is None
    finding = find_cause(read_log(["OSError: [Errno 28] No space left on device", *metrics]))
    assert finding is not None
    assert finding.name == "DiskFull"


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("ImportError: Missing optional dependency 'openpyxl'. Use pip or conda to install openpyxl.", "openpyxl"),
        (
            "ImportError: T5Converter requires the protobuf library but it was not found in your environment.",
            "protobuf",
        ),
        ("ImportError: Using `device_map` requires Accelerate: `pip install accelerate`", "accelerate"),
    ],
)
def test_an_import_error_that_names_the_package_is_explained_by_it(line: str, package: str) -> None:
    finding = find_cause(read_log([line]))

    assert finding is not None
    assert (finding.name, package in finding.hint) == ("ContainerImportError", True)


def test_a_server_that_finds_no_weights_misses_a_file() -> None:
    finding = find_cause(read_log(["FileNotFoundError: No local weights found in /opt/ml/model with extension .bin"]))

    assert finding is not None
    assert finding.name == "ModelFilesMissing"


def test_a_worker_that_gunicorn_killed_for_being_slow_says_nothing_of_memory() -> None:
    slow = [
        "[CRITICAL] WORKER TIMEOUT (pid:2977)",
        "[ERROR] Worker (pid:2977) was sent SIGKILL! Perhaps out of memory?",
    ]
    killed = ["[ERROR] Worker (pid:2978) was sent SIGKILL! Perhaps out of memory?"]

    assert [found and found.name for found in (find_cause(read_log(slow)), find_cause(read_log(killed)))] == [
        "StartTooSlow",
        "ContainerOutOfMemory",
    ]


def test_so_many_messages_are_kept_that_enough_are_not_about_requests() -> None:
    ping = '"GET /ping HTTP/1.1" 200 0'

    assert last_messages(["a", ping, "b", ping, ping], 1) == ["b", ping, ping]
    assert last_messages(["a", ping, "b"], 5) == ["a", ping, "b"]
    assert last_messages([], 5) == []


# What sagemaker-containers raises instead of the exception of the user's module has its text, so none for a
# MemoryError (`error_wrapper` of its `_functions.py`).
WRAPPED = """
Traceback (most recent call last):
  File "/miniconda3/lib/python3.9/site-packages/sagemaker_containers/_functions.py", line 93, in wrapper
    return fn(*args, **kwargs)
  File "/opt/ml/code/inference.py", line 3, in model_fn
    return load()
{raised}

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/miniconda3/lib/python3.9/site-packages/six.py", line 723, in reraise
    raise value.with_traceback(tb)
  File "/opt/ml/code/inference.py", line 3, in model_fn
    return load()
{wrapper}
"""


@pytest.mark.parametrize(
    ("raised", "wrapper", "cause"),
    [
        ("MemoryError", "sagemaker_containers._errors.ClientError", "ContainerOutOfMemory"),
        ("AssertionError", "sagemaker_containers._errors.ClientError", "ModelCodeFailed"),
        (
            "NotImplementedError: \nPlease provide a model_fn implementation.",
            "sagemaker_containers._errors.ClientError: \nPlease provide a model_fn implementation.",
            "InferenceCodeMissing",
        ),
    ],
)
def test_an_exception_that_only_wraps_another_does_not_hide_it(raised: str, wrapper: str, cause: str) -> None:
    found = find_cause(read_log([WRAPPED.format(raised=raised, wrapper=wrapper)]))

    assert found
    assert found.name == cause
    assert found.evidence.startswith(raised.partition(":")[0]) or "model_fn" in found.evidence


IMPORTED = """
Traceback (most recent call last):
  File "/miniconda3/lib/python3.9/site-packages/sagemaker_containers/_modules.py", line 258, in import_module
    module = importlib.import_module(name)
  File "/miniconda3/lib/python3.9/importlib/__init__.py", line 127, in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
  File "<frozen importlib._bootstrap>", line 228, in _call_with_frames_removed
{frames}sagemaker_containers._errors.ImportModuleError: No module named 'serve_it'
"""


@pytest.mark.parametrize(
    ("frames", "cause"),
    [
        ("", "InferenceCodeMissing"),
        ('  File "/opt/ml/code/inference.py", line 1, in <module>\n    import serve_it\n', "ContainerImportError"),
        (
            '  File "/miniconda3/lib/python3.9/site-packages/inference.py", line 1, in <module>\n    import serve_it\n',
            "ContainerImportError",
        ),
    ],
)
def test_a_missing_program_and_a_missing_module_of_it_have_two_names(frames: str, cause: str) -> None:
    found = find_cause(read_log([IMPORTED.format(frames=frames)]))

    assert found
    assert found.name == cause


REPEATED = """Traceback (most recent call last):
  File "/miniconda3/lib/python3.9/site-packages/sagemaker_containers/_modules.py", line 258, in import_module
    module = importlib.import_module(name)
  File "/opt/ml/code/inference.py", line 1, in <module>
    import features
  File "/opt/ml/code/features.py", line 4, in <module>
    import no_such_module
ModuleNotFoundError: No module named 'no_such_module'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/miniconda3/lib/python3.9/site-packages/sagemaker_containers/_modules.py", line 263, in import_module
    six.reraise(_errors.ImportModuleError, _errors.ImportModuleError(e), sys.exc_info()[2])
  File "/miniconda3/lib/python3.9/site-packages/six.py", line 718, in reraise
    raise value.with_traceback(tb)
  File "/opt/ml/code/features.py", line 4, in <module>
    import no_such_module
sagemaker_containers._errors.ImportModuleError: No module named 'no_such_module'
"""


def test_an_exception_that_repeats_the_message_of_another_does_not_hide_it() -> None:
    # reraise of sagemaker-containers' _modules.py: the wrapper has the message and the frames of what it wraps
    log = read_log([REPEATED])
    found = find_cause(log)

    assert found
    assert (found.name, found.evidence) == (
        "ContainerImportError",
        "ModuleNotFoundError: No module named 'no_such_module' (code/features.py:4)",
    )
    assert log.lines[found.index] == "ModuleNotFoundError: No module named 'no_such_module'"
