"""The inference code of the model: the container calls these functions."""

import json
from pathlib import Path

import xgboost


def model_fn(model_dir):
    """Load the model, once for each worker."""
    return xgboost.Booster(model_file=Path(model_dir) / "model.json")


def input_fn(body, content_type):
    """Return the rows of a request."""
    if content_type != "text/csv":
        raise ValueError(f"send text/csv, not {content_type}")
    text = body.decode() if isinstance(body, bytes) else body
    return [[float(cell) for cell in line.split(",")] for line in text.splitlines() if line.strip()]


def predict_fn(rows, model):
    """Return the sum of each row, as the trees see it."""
    return model.predict(xgboost.DMatrix(rows)).tolist()


def output_fn(prediction, accept):
    """Return the body and the content type of the response."""
    return json.dumps([round(value) for value in prediction]), "application/json"
