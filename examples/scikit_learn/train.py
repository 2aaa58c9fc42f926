"""Train a classifier of irises and save it where `slipway deploy model` packs it."""

from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rows, species = load_iris(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, species)
joblib.dump(model, Path(__file__).parent / "model" / "model.joblib")
