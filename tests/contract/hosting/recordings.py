"""What SageMaker's own serving containers answered, replayed against ours: tests/fixtures/recordings.

A body is equal where it is the same bytes or the same JSON value. Bodies of errors are masked on both sides, as the
recordings' were: paths, addresses and the frames of tracebacks are not what is compared.
"""

from __future__ import annotations

import base64
import json
import os
import re
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from tests.fakes.archives import tar_gz
from tests.processes import TIMEOUT
from tests.unit.slipway_local.hosting.doubles import MemoryLogs, MemoryStore

from slipway_local.hosting.hosted import remove
from slipway_local.hosting.plane import ProcessHosting
from slipway_local.hosting.process import ContainerProcess, NotListeningError
from slipway_local.ports import ContainerSpec, HostingFailed, ModelData

FOLDER = Path(__file__).parents[2] / "fixtures" / "recordings"
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
IMAGES = {
    "sklearn": f"{ECR}/sagemaker-scikit-learn:1.9-0-cpu-py3",
    "xgboost-algorithm": f"{ECR}/sagemaker-xgboost:3.0-5",
    "xgboost-script": f"{ECR}/sagemaker-xgboost:3.0-5",
    "toolkit": f"{ECR}/mxnet-inference:1.9.0-cpu-py38",
    "pytorch": f"{ECR}/pytorch-inference:1.12.1-cpu-py38",
    "huggingface": f"{ECR}/huggingface-pytorch-inference:1.13.1-transformers4.28.1-cpu-py39",
}
LOADED, UNANSWERED = 4.0, 3.0
AT_ONCE = 3 * (os.cpu_count() or 1)  # containers; most of what a case takes is waiting
RECORDIO, HEAD = b"\n#\xd7\xce", 8  # the magic number, and the bytes before a record
# What every case is recorded with, and its own environment on top.
BASE = {"SAGEMAKER_MODEL_SERVER_WORKERS": "1"}
LOGS = MemoryLogs()
URI = "s3://models/model.tar.gz"


@dataclass
class Replay:
    """How many exchanges of a family are equal, and what the others are."""

    exchanges: int = 0
    equal: int = 0
    differences: list[str] = field(default_factory=list)
    starts: int = 0
    alike: int = 0

    def count(self, where: str, recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
        """Compare an answer."""
        self.exchanges += 1
        if is_equal(recorded, ours):
            self.equal += 1
        else:
            self.differences.append(f"{where}: recorded {shown(recorded)}, ours {shown(ours)}")


def cases(family: str) -> list[dict[str, Any]]:
    """Return a family's recorded cases."""
    lines = (FOLDER / f"{family}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def replay(family: str, recorded: list[dict[str, Any]], folder: Path) -> Replay:
    """Replay cases and compare what they answer."""
    result = Replay()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answered = list(pool.map(lambda case: _answers(case, IMAGES[family], folder), recorded))
    for case, (starts_alike, answers) in zip(recorded, answered, strict=True):
        result.starts += 1
        result.alike += starts_alike
        if not starts_alike:
            result.differences.append(f"{case['id']}: start")
        for number, (response, ours) in enumerate(zip(case["responses"], answers, strict=True)):
            request = case["requests"][number]
            name = request.get("name") or f"{request['method']} {request['path']}"
            # Who does not come up answers nothing that SageMaker would hand on.
            never = starts_alike and not case["start"]["ready"] and "exit" in case["start"]["pings"]
            result.count(f"{case['id']} [{number}: {name}]", response, response if never else ours)
    return result


def _answers(case: Mapping[str, Any], image: str, folder: Path) -> tuple[bool, list[dict[str, Any]]]:
    ready, expected = False, case["start"]["ready"]
    nothing: list[dict[str, Any]] = [{"error": "no container"}] * len(case["requests"])
    archive = {name: _content(value) for name, value in case["archive"].items()}
    spec = ContainerSpec("ep", "AllTraffic", "i-0123", image, ModelData(URI), {**BASE, **case["environment"]})
    hosting = ProcessHosting(MemoryStore({URI: tar_gz(archive)}), LOGS, folder, scale=lambda: 0.0)
    try:
        with _running(hosting, spec) as process:
            port = process.port(time.monotonic() + TIMEOUT)
            ready = _wait(process, port, TIMEOUT if expected else LOADED)
            if not process.alive():
                return ready == expected, nothing
            if expected and not all(response.get("status") for response in case["responses"]):
                time.sleep(LOADED)
            return ready == expected, _ask(case, port)
    except (HostingFailed, NotListeningError):
        return ready == expected, nothing


@contextmanager
def _running(hosting: ProcessHosting, spec: ContainerSpec) -> Iterator[ContainerProcess]:
    folder, launch, _ = hosting.prepare(spec)
    process = launch()
    try:
        yield process
    finally:
        process.stop(1.0)
        remove(folder)


def _wait(process: ContainerProcess, port: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.alive():
        if send(port, {"method": "GET", "path": "/ping", "headers": {}, "body": ""}, 2.0).get("status") == 200:
            return True
        time.sleep(0.05)
    return False


def _ask(case: Mapping[str, Any], port: int) -> list[dict[str, Any]]:
    asked = list(zip(case["requests"], case["responses"], strict=True))
    if not case.get("concurrent"):
        return [_one(port, request, response) for request, response in asked]
    answers: list[dict[str, Any]] = [{} for _ in asked]

    def ask(number: int) -> None:
        answers[number] = _one(port, *asked[number])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _one(port: int, request: Mapping[str, Any], response: Mapping[str, Any]) -> dict[str, Any]:
    time.sleep(request.get("pause_s", 0))
    return send(port, request, 15.0 if "status" in response else UNANSWERED)


def send(port: int, request: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    """Send one request with its own headers alone, and return its answer as recordings have it."""
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        body = base64.b64decode(request["body"])
        connection.putrequest(request["method"], request["path"], skip_accept_encoding=True)
        for name, value in request["headers"].items():
            connection.putheader(name, value)
        if body or request["method"] == "POST":
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return {"status": answer.status, "body": base64.b64encode(answer.read()).decode()}
    except (OSError, HTTPException) as error:
        return {"error": type(error).__name__}
    finally:
        connection.close()


def is_equal(recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Say whether two answers have the same status and the same body."""
    if recorded.get("status") != ours.get("status"):
        return False
    theirs, own = (base64.b64decode(answer.get("body", "")) for answer in (recorded, ours))
    if recorded.get("status") != 200:
        theirs, own = mask(theirs), mask(own)
    theirs, own = _addresses(theirs), _addresses(own)
    return theirs == own or _is_same_json(theirs, own) or _is_same_unordered(theirs, own)


MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?m)(^  File \"[^\n]*\n(?:^    [^\n]*\n?|^  File \"[^\n]*\n)*)"), "  <frame>\n"),
    (re.compile(r"(?m)(^  <frame>\n)+"), "  <frame>\n"),
    (re.compile(r"\[\d\d:\d\d:\d\d\] "), "[TIME] "),
    (re.compile(r"[^\s\"']*/(src/[\w/]+\.(?:cc|h)):\d+: "), r"\1: "),
    (re.compile(r"\n*Stack trace:.*", re.DOTALL), ""),
    (re.compile(r"[\w./-]*/site-packages"), "<site-packages>"),
    (re.compile(r"/(?:tmp|opt/ml/tmp)/tmp\w+"), "/tmp/TMP"),
)


def mask(body: bytes) -> bytes:
    """Take out of an error's body what no other machine has: frames, times, places in sources, addresses."""
    try:
        document = json.loads(body)
    except ValueError:
        return _masked(body.decode(errors="replace")).encode()
    return json.dumps(_masked_strings(document)).encode()


def _masked_strings(value: Any) -> Any:
    if isinstance(value, str):
        return _masked(value)
    if isinstance(value, dict):
        return {key: _masked_strings(item) for key, item in value.items()}
    return [_masked_strings(item) for item in value] if isinstance(value, list) else value


def _masked(text: str) -> str:
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    return text.rstrip("\n")


def _addresses(body: bytes) -> bytes:
    without = re.sub(rb"0x[0-9a-fA-F]{6,}", b"0xADDRESS", body)
    return re.sub(rb"/(?:tmp|opt/ml/tmp)/models/[0-9a-f]{32}", b"/tmp/models/ID", without)


def _is_same_json(theirs: bytes, own: bytes) -> bool:
    try:
        return json.dumps(json.loads(theirs), sort_keys=True) == json.dumps(json.loads(own), sort_keys=True)
    except ValueError:
        return False


def _is_same_unordered(theirs: bytes, own: bytes) -> bool:
    """Compare JSON lines by their values, and the labels of RecordIO without their order.

    The XGBoost image adds the keys that an objective has not by walking a Python set, whose order differs between
    processes (`invalid_selected_keys` in its serve_utils.py).
    """
    if theirs.startswith(RECORDIO) and own.startswith(RECORDIO):
        return _records(theirs) == _records(own)
    lines = list(zip(theirs.splitlines(), own.splitlines(), strict=False))
    is_as_long = len(theirs.splitlines()) == len(own.splitlines()) > 1
    return is_as_long and all(_is_same_json(one, other) for one, other in lines)


def _records(body: bytes) -> list[list[bytes]]:
    """Return the fields of each record, sorted: a field is its tag, a length below 128, and its content."""
    records = []
    while body:
        (length,) = struct.unpack_from("<I", body, len(RECORDIO))
        record, body = body[HEAD : HEAD + length], body[HEAD + length + (-length % 4) :]
        fields = []
        while record:
            fields.append(record[: 2 + record[1]])
            record = record[2 + record[1] :]
        records.append(sorted(fields))
    return records


def _content(value: Mapping[str, str]) -> bytes:
    return value["text"].encode() if "text" in value else base64.b64decode(value["base64"])


def shown(answer: Mapping[str, Any]) -> str:
    """Return an answer in short."""
    if "error" in answer:
        return str(answer["error"])
    return f"{answer.get('status')} {base64.b64decode(answer.get('body', ''))[:300]!r}"
