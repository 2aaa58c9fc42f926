"""Model archives made in memory, and the archives that must be refused."""

from __future__ import annotations

import json

from tests.fakes.archives import gzipped, link, tar_gz, tar_of

ANSWERING_CODE = """
import json, os

def model_fn(model_dir):
    with open(os.path.join(model_dir, "weights.json")) as file:
        return json.load(file)

def input_fn(body, content_type):
    return json.loads(body)

def predict_fn(data, model):
    return {"sum": sum(data) * model["factor"], "factor": model["factor"]}

def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""
CRASHING_CODE = "raise RuntimeError('the model is upside down')\n"


def answering(factor: int, **more: bytes) -> bytes:
    """Return an archive whose model multiplies the sum of its input by `factor`; `more` files lie beside it."""
    weights = json.dumps({"factor": factor}).encode()
    return tar_gz({"weights.json": weights, "code/inference.py": ANSWERING_CODE.encode(), **more})


def failing() -> bytes:
    """Return an archive whose model is loaded well, and raises an exception in each invocation."""
    code = f"{ANSWERING_CODE}\ndef predict_fn(data, model):\n    raise ValueError('the model is upside down')\n"
    return tar_gz({"weights.json": b'{"factor": 1}', "code/inference.py": code.encode()})


def crashing() -> bytes:
    """Return an archive that unpacks well and whose container crashes."""
    return tar_gz({"code/inference.py": CRASHING_CODE.encode()})


def traversing() -> bytes:
    """Return an archive with a member outside the model directory."""
    return tar_gz({"../escaped.py": b"", "code/inference.py": ANSWERING_CODE.encode()})


def linked() -> bytes:
    """Return an archive with a symbolic link, as caches of model hubs are made of."""
    return gzipped(tar_of([link("weights.json", "blobs/0123")]))


def nested() -> bytes:
    """Return an archive of the model directory instead of its content."""
    return tar_gz({"my-model/weights.json": b"{}", "my-model/code/inference.py": ANSWERING_CODE.encode()})


def without_code() -> bytes:
    """Return an archive that no scikit-learn container can serve."""
    return tar_gz({"weights.json": b"{}"})


def text_file() -> bytes:
    """Return what is no archive at all."""
    return b"This is not a model.\n"


def gzipped_text() -> bytes:
    """Return gzip data that holds no tar."""
    return gzipped(b"This is not a tar archive.\n" * 100)
