"""What a user of script mode writes: load the model, and answer with what it predicts."""

import json
from pathlib import Path
from typing import Any

import joblib


def model_fn(model_dir: str) -> dict[str, Any]:
    """Load what training saved."""
    model: dict[str, Any] = joblib.load(Path(model_dir) / "digits.joblib")
    return model


def input_fn(body: bytes, content_type: str) -> list[list[float]]:
    """Take {"images": [[64 grey values from 0 to 16], ...]}."""
    if content_type != "application/json":
        raise ValueError(f"send application/json, not {content_type}")
    images: list[list[float]] = json.loads(body)["images"]
    return images


def predict_fn(images: list[list[float]], model: dict[str, Any]) -> dict[str, Any]:
    """Return the digit in each image, and the version of the model that says so."""
    return {"digits": model["classifier"].predict(images).tolist(), "version": model["version"]}


def output_fn(prediction: dict[str, Any], _accept: str) -> tuple[str, str]:
    """Answer in JSON, whatever is accepted."""
    return json.dumps(prediction), "application/json"
