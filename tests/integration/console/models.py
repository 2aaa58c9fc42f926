"""Archives whose models answer at once, and say what a page must not believe."""

from __future__ import annotations

from tests.fakes.archives import tar_gz

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"

# Pictures are answered as the built-in object detection does, anything else with markup.
DETECTING_CODE = f"""
import json

MARKUP = {HOSTILE!r}
BOXES = [[0, 0.97, 0.1, 0.3, 0.4, 0.8], [1, 0.81, 0.6, 0.4, 0.9, 0.7], [0, 0.12, 0.0, 0.0, 0.2, 0.1]]

def model_fn(model_dir):
    return None

def input_fn(body, content_type):
    if content_type == "text/csv":
        raise ValueError(MARKUP)
    return content_type

def predict_fn(content_type, model):
    return {{"prediction": BOXES}} if content_type.startswith("image/") else {{"text": MARKUP}}

def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""
CRASHING_CODE = f"""
raise RuntimeError("the model is upside down: " + {HOSTILE!r})
"""


def detecting() -> bytes:
    """Return an archive whose model finds three boxes in every picture, the last of them of low score."""
    return tar_gz({"code/inference.py": DETECTING_CODE.encode()})


def crashing() -> bytes:
    """Return an archive whose container crashes, with markup in its log."""
    return tar_gz({"code/inference.py": CRASHING_CODE.encode()})
