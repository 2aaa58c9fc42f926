"""Train boosted trees that add two numbers, and save them where `slipway deploy model` packs them."""

from pathlib import Path

import numpy as np
import xgboost

rows = np.random.default_rng(0).uniform(0, 10, (2000, 2))
model = xgboost.train({"objective": "reg:squarederror", "max_depth": 4}, xgboost.DMatrix(rows, rows.sum(axis=1)), 60)
model.save_model(Path(__file__).parent / "model" / "model.json")
