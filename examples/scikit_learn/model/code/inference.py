"""The inference code of the model: the container calls these functions."""

import json
from pathlib import Path

import joblib

SPECIES = ("setosa", "versicolor", "virginica")


def model_fn(model_dir):
    """Load the model, once for each worker."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(body, content_type):
    """Return the rows of a request."""
    text = body.decode() if isinstance(body, bytes) else body
    if content_type == "application/json":
        return json.loads(text)
    if content_type == "text/csv":
        return [[float(cell) for cell in line.split(",")] for line in text.splitlines() if line.strip()]
    raise ValueError(f"send application/json or text/csv, not {content_type}")


def predict_fn(rows, model):
    """Return the species of each row."""
    return [SPECIES[number] for number in model.predict(rows)]


def output_fn(prediction, accept):
    """Return the body and the content type of the response."""
    return json.dumps(prediction), "application/json"
