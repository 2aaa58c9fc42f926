"""Public reports are explained by the right name and remedy."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from slipway.failure.failure_rules import LOG_RULES
from tests.unit.failure.explanations import endpoint_failed
from tests.unit.failure.log_tails import REPORTS, Report

# What the rules do not name, and the name that is given instead: none of these remedies is a wrong one.
NOT_NAMED = {
    # One line, which any code may raise; only the traceback, which is not quoted, shows that it is importlib's.
    "no-entrypoint-startswith": "ContainerFailedPing",
    # An arithmetic error in the server's own code, whose version does not know the model.
    "tgi-mixtral-window": "ContainerFailedPing",
    # The exception's line is not quoted: only the frame in the model's code is known.
    "state-dict-dgl": "ModelCodeFailed",
    # Triton says that it cannot change the file's mode, and not that the file system is read-only.
    "triton-stub-chmod": "TritonLoadFailed",
}


@pytest.mark.parametrize("report", [one for one in REPORTS if one["Id"] not in NOT_NAMED], ids=lambda one: one["Id"])
def test_a_public_report_is_explained_by_its_cause(report: Report) -> None:
    explanation = endpoint_failed(report["FailureReason"], *report["Log"])

    assert explanation["Error"] == report["Name"]
    assert re.search(report["Remedy"], explanation["Hint"]), explanation["Hint"]


@pytest.mark.parametrize(("name", "given"), NOT_NAMED.items())
def test_what_is_not_named_keeps_a_general_name(name: str, given: str) -> None:
    (report,) = (one for one in REPORTS if one["Id"] == name)

    assert endpoint_failed(report["FailureReason"], *report["Log"])["Error"] == given


def test_every_report_has_a_source_and_the_groups_are_whole() -> None:
    assert all(report["Source"] and report["Cause"] for report in REPORTS)
    assert len({report["Id"] for report in REPORTS}) == len(REPORTS)
    assert Counter(report["Group"] for report in REPORTS) == {"known": 38, "first": 23, "second": 53}


# Lines that look like a cause and are not: a consequence, a notice of every start, or words of something else. Most are
# from the same threads as the reports.
@pytest.mark.parametrize(
    ("line", "not_this"),
    [
        (
            "[crit] 15#15: *5 connect() to unix:/tmp/gunicorn.sock failed (2: No such file or directory) while "
            "connecting to upstream",
            "ModelFilesMissing",
        ),
        (
            "urllib3.exceptions.MaxRetryError: HTTPConnectionPool(host='localhost', port=14448): Max retries exceeded "
            "with url: /v1/models/m (Caused by NewConnectionError('Failed to establish a new connection'))",
            "NetworkUnreachable",
        ),
        ("No GPUs detected (normal if no gpus installed)", "GpuNotFound"),
        ("WARNING: Running pip as the 'root' user can result in broken permissions", "FilePermissionDenied"),
        ("git@github.com: Permission denied (publickey).", "FilePermissionDenied"),
        ("Warning: MMS is using non-default JVM parameters: -XX:+ExitOnOutOfMemoryError", "JavaOutOfMemory"),
        ("java.lang.OutOfMemoryError: Direct buffer memory", "ContainerOutOfMemory"),
        ("RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB", "ContainerOutOfMemory"),
        ("MemoryErrorHandler registered", "ContainerOutOfMemory"),
        ("OutOfMemoryErrors are counted in metrics", "GpuOutOfMemory"),
        ("tokens in KV cache: 8848 of 8848 free", "KvCacheTooSmall"),
        ("Filesystem /dev/nvme1n1 has 30G, space left on device: 12G", "DiskFull"),
        ("/opt/ml/model is mounted read-only", "ReadOnlyFileSystem"),
        ('"Downloading shards: 100%"', "NetworkUnreachable"),
        ("INFO: serving models of the unsupported list: none", "ModelNotSupported"),
        (
            "Args { model_id: '/opt/ml/model', trust_remote_code: true, cuda_memory_fraction: 1.0 }",
            "RemoteCodeNotAllowed",
        ),
        ("load(path, trust_remote_code=True)  # args", "RemoteCodeNotAllowed"),
        (
            "If you are trying to access a private or gated repo, make sure you are authenticated.",
            "GatedModel",
        ),
        ("Repository Not Found for url: https://huggingface.co/api/models/None/tree/main", "GatedModel"),
        ("ModuleNotFoundError: No module named 'google.cloud'", "VersionMismatch"),
        ("ModuleNotFoundError: No module named 'numpy._core'", "ContainerImportError"),
        (
            "ImportError: cannot import name 'predict' from 'inference' (/opt/ml/model/code/inference.py)",
            "VersionMismatch",
        ),
        ("ImportError: libcuda.so.1: cannot open shared object file: No such file", "SystemLibraryMissing"),
        ("ImportError: libgomp.so.1: cannot open shared object file: No such file", "GpuNotFound"),
        ("ModuleNotFoundError: No module named 'inferencing'", "InferenceCodeMissing"),
        ("AttributeError: 'NoneType' object has no attribute 'startswith'", "InferenceCodeMissing"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/opt/ml/model/nginx.bin'", "ContainerCannotStart"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/tmp/cache/labels.txt'", "ModelFilesMissing"),
        ("IndexError: list index out of range", "ModelFilesMissing"),
        ("OSError: [Errno 5] Input/output error: 'model.safetensors'", "ModelFileUnreadable"),
        (
            "Retrying of Reserving resources for servable: {name: m version: 1} exhausted max_num_retries: 0",
            "ModelLayoutWrong",
        ),
        ("I0915 model_lifecycle.cc:818] successfully loaded 'resnet' version 1", "TritonLoadFailed"),
        ("KeyError: 'weight'", "WeightsMismatch"),
        ("KeyError: 'mistral'", "ModelNotSupported"),
        ("the format of exec was an error", "ImageWrongProcessor"),
        ("CUDA driver version: 12.4, runtime version: 12.1", "GpuDriverTooOld"),
        ("GPU 0: Tesla T4 with compute capability 7.5", "GpuTooOld"),
        ("Successfully installed requirements: flair-0.11", "RequirementsFailed"),
        ("Command 'pip install' done", "RequirementsFailed"),
        ("[INFO] Listening at: http://0.0.0.0:8080 (17)", "WrongListenAddress"),
        ("[INFO] Listening at: unix:/tmp/gunicorn.sock (17)", "WrongListenAddress"),
        ("[INFO] Booting worker with pid: 17", "WorkerFailedToBoot"),
        ("[INFO] Worker timeout is 60 s", "StartTooSlow"),
        ('169.254.178.2 - - "GET /ping HTTP/1.1" 200 1 "-" "AHC/2.0"', "PingStatusWrong"),
        ('169.254.178.2 - - "GET /ping HTTP/1.1" 502 173 "-" "AHC/2.0"', "PingStatusWrong"),
        ("ModuleNotFoundError: No module named 'sklearn'", "VersionMismatch"),
        (
            "UserWarning: Trying to unpickle estimator SVC from version 1.0.2 when using version 1.2.1.",
            "VersionMismatch",
        ),
        ("ModuleNotFoundError: No module named 'numpy'", "VersionMismatch"),
        ("TypeError: encode() takes 1 positional argument but 2 were given", "VersionMismatch"),
        ("xgboost.core.XGBoostError: feature_names mismatch: ['f0'] ['age']", "VersionMismatch"),
        ("INFO glibc version: GLIBC_2.31", "VersionMismatch"),
        ("NameError: name 'symbol' is not defined", "VersionMismatch"),
        ("AttributeError: Can't get attribute 'Net' on <module '__main__' from '/usr/bin/serve'>", "VersionMismatch"),
        (
            "ImportError: cannot import name 'a' from partially initialized module 'b' (most likely due to a circular "
            "import)",
            "VersionMismatch",
        ),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/opt/ml/model/a.txt'", "ModelFolderNotMounted"),
        ("ValueError: no weights were given for the loss", "ModelFilesMissing"),
        ("Can't load images larger than 5 MB", "ModelFilesMissing"),
        ("INFO: huggingface.co/Nonesuch/model is loaded", "ModelFilesMissing"),
        ("ModelNotReadyError: the model is present and is loading", "ModelFilesMissing"),
        ("ModuleNotFoundError: No module named 'inference_utils'", "InferenceCodeMissing"),
        ("NotImplementedError: Please provide an output_fn implementation.", "InferenceCodeMissing"),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: '/opt/ml/model/inference.json'",
            "InferenceCodeMissing",
        ),
        ("ModuleNotFoundError: No module named 'pkg.sub'", "ModelCodeFailed"),
        ("AttributeError: Can't get attribute 'Net' on <module 'torchvision.models'>", "ModelCodeFailed"),
        ("ModuleNotFoundError: No module named 'torch'", "GpuNotFound"),
        ("OSError: library is closed", "SystemLibraryMissing"),
        ('exec: "serve" is starting', "ContainerCannotStart"),
        ("serve: listening on 8080", "ContainerCannotStart"),
        ("KeyError: 'v'", "ModelFileUnreadable"),
        ("I0915 model_repository_manager.cc:1022] loading: resnet:1", "ModelLayoutWrong"),
        ("ModuleNotFoundError: No module named 'uvicorn'", "WorkerFailedToBoot"),
        ("WARNING: ImportError: flash_attn not installed, falling back", "ContainerImportError"),
        ("Traceback of the last error is kept in /tmp", "ModelCodeFailed"),
    ],
)
def test_a_line_that_only_looks_like_a_cause_is_not_taken_for_it(line: str, not_this: str) -> None:
    assert (
        endpoint_failed(
            "The primary container for production variant AllTraffic did not pass the ping health check.", line
        )["Error"]
        != not_this
    )


def test_every_rule_of_the_log_has_a_line_that_only_looks_like_it() -> None:
    (mark,) = test_a_line_that_only_looks_like_a_cause_is_not_taken_for_it.pytestmark  # type: ignore[attr-defined]
    tried = Counter(not_this for _, not_this in mark.args[1])

    assert Counter(rule.name for rule in LOG_RULES) <= tried
