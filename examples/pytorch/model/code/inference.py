"""The inference code of the model: the container calls these functions."""

import json
from pathlib import Path

import torch


def model_fn(model_dir):
    """Load the model, once for each worker."""
    layer = torch.nn.Linear(2, 1)
    layer.load_state_dict(torch.load(Path(model_dir) / "model.pth", map_location="cpu", weights_only=True))
    return layer.eval()


def input_fn(body, content_type):
    """Return the rows of a request."""
    if content_type != "text/csv":
        raise ValueError(f"send text/csv, not {content_type}")
    text = body.decode() if isinstance(body, (bytes, bytearray)) else body
    return torch.tensor([[float(cell) for cell in line.split(",")] for line in text.splitlines() if line.strip()])


def predict_fn(rows, model):
    """Return the sum of each row, rounded to what the model was trained for."""
    with torch.no_grad():
        return [round(value, 1) for value in model(rows).flatten().tolist()]


def output_fn(prediction, accept):
    """Return the body and the content type of the response."""
    return json.dumps(prediction), "application/json"
