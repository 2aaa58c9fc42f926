"""Selectable output: SAGEMAKER_INFERENCE_OUTPUT names what is answered for each row.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html, "selectable inference output"; after `serve_utils.py`.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sagemaker_xgboost_container import recordio

LOGGER = logging.getLogger(__name__)
NAN = math.nan
HALF = 0.5
REGRESSIONS = ("reg:squarederror", "reg:logistic", "reg:gamma", "reg:tweedie", "reg:absoluteerror")
TWO_CLASSES = ("binary:logistic", "binary:logitraw", "binary:hinge")
MANY_CLASSES = ("multi:softmax", "multi:softprob")
WITH_PROBABILITIES = ("binary:logistic", "multi:softprob")
OBJECTIVES = (*REGRESSIONS, *TWO_CLASSES, *MANY_CLASSES)
CLASS_KEYS = ("predicted_label", "labels", "raw_score", "raw_scores")
PROBABILITY_KEYS = ("probability", "probabilities")


def keys_of(value: str) -> list[str]:
    """Return the keys of SAGEMAKER_INFERENCE_OUTPUT in their order."""
    return value.replace(" ", "").lower().split(",")


def select(predictions: Any, keys: Sequence[str], objective: str, classes: str) -> list[dict[str, Any]]:
    """Return what the keys name for each row, nan for a key that the objective has not. Raises ValueError."""
    if objective not in OBJECTIVES:
        raise ValueError(f"Objective `{objective}` unsupported for selectable inference predictions.")
    valid = _valid(objective)
    wrong = [key for key in keys if key not in valid]
    if wrong:
        LOGGER.warning(
            "Selected key(s) %s incompatible for objective '%s'. Please use list of compatible selectable inference "
            "predictions: %s", set(wrong), objective, list(valid),
        )  # fmt: skip
    labels = [0, 1] if objective in TWO_CLASSES else list(range(int(classes or 0)))
    return [
        {**{key: KEYS[key](objective, row, labels) for key in KEYS if key in keys and key in valid},
         **dict.fromkeys(wrong, NAN)}
        for row in predictions
    ]  # fmt: skip


def _valid(objective: str) -> tuple[str, ...]:
    if objective in REGRESSIONS:
        return ("predicted_score",)
    return CLASS_KEYS + (PROBABILITY_KEYS if objective in WITH_PROBABILITIES else ())


def _label(objective: str, row: Any, _: list[int]) -> float:
    if objective == "binary:logistic":
        return int(row > HALF)
    if objective == "binary:logitraw":
        return int(row > 0)
    if objective == "multi:softprob":
        return int(np.argmax(row).item())
    return float(row.item())


def _score(objective: str, row: Any, _: list[int]) -> float:
    return float((max(row) if objective == "multi:softprob" else row).item())


def _scores(objective: str, row: Any, _: list[int]) -> list[float]:
    if objective == "multi:softprob":
        scores: list[float] = row.tolist()
        return scores
    one = row.item()
    return [1.0 - one, one]


KEYS: Mapping[str, Callable[[str, Any, list[int]], Any]] = {
    "predicted_label": _label,
    "labels": lambda _objective, _row, labels: labels,
    "probability": _score,
    "probabilities": _scores,
    "raw_score": _score,
    "raw_scores": _scores,
    "predicted_score": lambda _objective, row, _labels: row.item(),
}


def encode(rows: Sequence[Mapping[str, Any]], keys: Sequence[str], accept: str) -> str | bytes:
    """Encode selected predictions. Raises RuntimeError for a type that it has no form in."""
    if accept == "application/json":
        return json.dumps({"predictions": list(rows)})
    if accept == "application/jsonlines":
        return "".join(f"{json.dumps(row)}\n" for row in rows)
    if accept == "application/x-recordio-protobuf":
        return _recordio(rows)
    if accept == "text/csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([row[key] for key in keys] for row in rows)
        return text.getvalue().rstrip("\n")
    raise RuntimeError(f"Cannot encode selected predictions into accept type '{accept}'.")


def _recordio(rows: Sequence[Mapping[str, Any]]) -> bytes:
    # Each record holds those before it too: the image's code keeps adding to one.
    answer, record = b"", b""
    for row in rows:
        for key, value in row.items():
            record += recordio.label(key, value if isinstance(value, list) else [value])
        answer += recordio.frame(record)
    return answer
