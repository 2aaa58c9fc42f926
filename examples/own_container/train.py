"""Fit a line through three points, and save it where `slipway deploy model` packs it."""

import json
from pathlib import Path

POINTS = ((0, 1), (1, 3), (2, 5))

count, x_sum, y_sum = len(POINTS), sum(x for x, _ in POINTS), sum(y for _, y in POINTS)
slope = (count * sum(x * y for x, y in POINTS) - x_sum * y_sum) / (count * sum(x * x for x, _ in POINTS) - x_sum**2)
weights = {"slope": slope, "intercept": (y_sum - slope * x_sum) / count}
folder = Path(__file__).parent / "model"
folder.mkdir(exist_ok=True)
(folder / "weights.json").write_text(json.dumps(weights), encoding="utf-8")
