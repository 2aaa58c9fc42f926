"""The inference code of the model, which the container calls. It is at code/inference.py of the archive.

Packages that the image lacks go to code/requirements.txt. Save the model with the package versions of the image.
"""

import json
from pathlib import Path

import joblib


def model_fn(model_dir):
    """Load the model, once for each worker. model_dir contains the files of the archive."""
    file = Path(model_dir) / "model.joblib"
    return joblib.load(file)


def input_fn(body, content_type):
    """Return the rows of a request. An exception is the caller's error message."""
    text = body.decode() if isinstance(body, bytes) else body
    if content_type == "application/json":
        return json.loads(text)
    if content_type == "text/csv":
        return [[float(cell) for cell in line.split(",")] for line in text.splitlines() if line.strip()]
    raise ValueError(f"send application/json or text/csv, not {content_type}")


def predict_fn(rows, model):
    """Return the predictions of the rows."""
    return model.predict(rows).tolist()


def output_fn(prediction, accept):
    """Return the body and the content type of the response."""
    return json.dumps(prediction), "application/json"
