"""Real archives, served by real processes."""

from __future__ import annotations

import io
import json
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from tests import processes
from tests.contract.hosting.conftest import TOOLKIT, Start
from tests.unit.slipway_local.hosting.doubles import MemoryLogs

from slipway_local.ports import Invocation

STREAM = ("/aws/sagemaker/Endpoints/ep", "AllTraffic/i-0123")
# scikit-learn is imported by this process's children only: workers import every module of tests.
TRAIN = """
import json, pickle, sys
from pathlib import Path
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
data, target = load_digits(return_X_y=True)
model = LogisticRegression(max_iter=200).fit(data[:300] / 16, target[:300])
Path(sys.argv[1]).write_bytes(pickle.dumps(model))
held_out = data[300:320] / 16
print(json.dumps([held_out.tolist(), model.predict(held_out).tolist()]))
"""
ECHO = """
import os, sys
print("loading", flush=True)
print("to stderr", file=sys.stderr)
def model_fn(model_dir):
    return sorted(os.listdir(model_dir))
def input_fn(body, content_type):
    return [type(body).__name__, content_type, len(body)]
def predict_fn(data, model):
    return data + model
def output_fn(prediction, accept, context):
    name = "X-Amzn-SageMaker-Custom-Attributes"
    context.set_response_header(0, name, "seen: " + str(context.get_request_header(0, name)))
    return ",".join(map(str, prediction)), "text/plain"
"""


def test_a_scikit_learn_model_predicts_what_it_predicts_where_it_was_trained(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "model.pkl"
    held_out, expected = json.loads(processes.run([sys.executable, "-c", TRAIN, file]).stdout)
    script = """
import pickle
from pathlib import Path
def model_fn(model_dir):
    return pickle.loads((Path(model_dir) / "model.pkl").read_bytes())
"""

    container = start({"model.pkl": file.read_bytes(), "code/inference.py": script})
    as_json = container.invoke(Invocation(json.dumps(held_out).encode(), "application/json"))
    npy = io.BytesIO()
    np.save(npy, held_out)
    as_npy = container.invoke(Invocation(npy.getvalue(), "application/x-npy", accept="application/x-npy"))

    assert as_json.status == as_npy.status == 200
    assert as_json.content_type == "application/json"
    assert json.loads(as_json.body) == expected
    assert np.load(io.BytesIO(as_npy.body)).tolist() == expected


def test_a_script_of_its_own_sees_body_type_and_context(start: Start) -> None:
    container = start({"weights.bin": b"x", "code/inference.py": ECHO}, image=TOOLKIT)

    text = container.invoke(Invocation(b"1,2", "text/csv", custom_attributes="trace=7"))
    image = container.invoke(Invocation(b"\xff\xd8", "image/jpeg"))

    assert text.body == b"str,text/csv,3,code,weights.bin"
    assert text.content_type == "text/plain"
    assert text.custom_attributes == "seen: trace=7"
    assert image.body == b"bytearray,image/jpeg,2,code,weights.bin"
    assert image.custom_attributes == "seen: None"


def test_what_it_prints_is_in_the_log_stream_of_its_variant_and_instance(start: Start, logs: MemoryLogs) -> None:
    container = start({"code/inference.py": ECHO}, image=TOOLKIT)
    container.invoke(Invocation(b"", "text/csv"))  # once it is answered, the script is loaded
    container.stop()

    assert {"loading", "to stderr"} <= set(logs.streams[STREAM])


def test_an_exception_of_the_script_is_a_500_and_its_traceback_is_logged(start: Start, logs: MemoryLogs) -> None:
    script = "def model_fn(d): ...\ndef predict_fn(data, model):\n    raise ValueError('no such feature: 9')\n"
    container = start({"code/inference.py": script})

    failed = container.invoke(Invocation(b"[1]", "application/json"))
    still_serving = container.ping()
    container.stop()

    assert failed.status == 500
    assert still_serving
    assert "ValueError: no such feature: 9" in logs.lines
    assert "Traceback (most recent call last):" in logs.lines


def test_an_invocation_in_flight_is_finished_before_the_container_stops(start: Start) -> None:
    script = """
import pathlib, time
def model_fn(model_dir): return pathlib.Path(model_dir)
def transform_fn(model, body, content_type, accept):
    (model / "entered").touch()
    while not (model / "finish").exists():
        time.sleep(0.01)
    return "done", "text/plain"
"""
    container = start({"code/inference.py": script}, image=TOOLKIT)
    model = next(container.folder.glob("model"))
    answers: list[bytes] = []
    invoking = threading.Thread(target=lambda: answers.append(container.invoke(Invocation(b"")).body))
    invoking.start()
    while not (model / "entered").exists():
        pass
    stopping = threading.Thread(target=container.stop)
    stopping.start()
    (model / "finish").touch()
    invoking.join()
    stopping.join()

    assert answers == [b"done"]


def test_the_script_may_come_from_an_archive_of_its_own(start: Start) -> None:
    # The submit directory names the same archive here: it is downloaded and unpacked a second time.
    container = start(
        {"serve.py": "def model_fn(d): return 3\ndef predict_fn(data, model): return model\n"},
        SAGEMAKER_SUBMIT_DIRECTORY="s3://models/models/ep/model.tar.gz",
        SAGEMAKER_PROGRAM="serve.py",
    )

    assert container.invoke(Invocation(b"[]", "application/json")).body == b"3"


def test_a_container_whose_log_cannot_be_written_serves_all_the_same(
    start: Start, logs: MemoryLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("logs:PutLogEvents")

    monkeypatch.setattr(logs, "write", refuse)

    assert start({"weights": b""}, SLIPWAY_STAND_IN="echo").invoke(Invocation(b"1", "text/csv")).body == b"1"


def test_a_stand_in_echoes_or_answers_what_the_model_says(start: Start, logs: MemoryLogs) -> None:
    echo = start({"weights": b""}, SLIPWAY_STAND_IN="echo").invoke(Invocation(b"1,2", "text/csv"))
    fixed = start({"weights": b""}, SLIPWAY_STAND_IN='{"prediction": []}').invoke(Invocation(b"1,2", "text/csv"))

    assert (echo.body, echo.content_type) == (b"1,2", "text/csv")
    assert (fixed.body, fixed.content_type) == (b'{"prediction": []}', "application/json")
    assert (
        sum("No model is served: a stand-in answers, as SLIPWAY_STAND_IN asks for" in line for line in logs.lines) == 2
    )
