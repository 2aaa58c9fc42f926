"""The inference code of the model; without it, the container runs the pipeline of the environment's HF_TASK."""

import json
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer


def model_fn(model_dir):
    """Load the model, once for each worker."""
    weights = np.array(json.loads((Path(model_dir) / "weights.json").read_text(encoding="utf-8")))
    return AutoTokenizer.from_pretrained(model_dir), weights


def predict_fn(data, model):
    """Return a label for each text of `{"inputs": [...]}`, the form of the toolkit's own pipelines."""
    tokenizer, weights = model
    scores = [weights[tokenizer(text, add_special_tokens=False)["input_ids"]].sum() for text in data["inputs"]]
    return [{"label": "POSITIVE" if score > 0 else "NEGATIVE", "score": float(score)} for score in scores]
