"""Train a classifier of wines, and write the rows that it has not seen as the data set of a transform job."""

from pathlib import Path

import joblib
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDER = Path(__file__).parent
(FOLDER / "rows").mkdir(exist_ok=True)

rows, classes = load_wine(return_X_y=True)
is_held_out = [number % 10 == 0 for number in range(len(rows))]
seen = [not one for one in is_held_out]
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows[seen], classes[seen])
joblib.dump(model, FOLDER / "model" / "model.joblib")
lines = [",".join(map(str, row)) for row in rows[is_held_out]]
for name, part in (("first", lines[:9]), ("second", lines[9:])):
    (FOLDER / "rows" / f"{name}.csv").write_text("\n".join(part) + "\n", encoding="utf-8")
