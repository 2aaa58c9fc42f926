"""The commented `code/inference.py` of a framework: what a script-mode container calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Loader:
    """How a framework loads the model file and predicts; files with one of the suffixes are loaded so."""

    imports: str
    file: str
    suffixes: tuple[str, ...]
    load: str
    predict: str


LOADERS = {
    "sklearn": Loader(
        "import joblib",
        "model.joblib",
        (".joblib", ".pkl", ".pickle"),
        "joblib.load(file)",
        "model.predict(rows).tolist()",
    ),
    "xgboost": Loader(
        "import xgboost",
        "model.json",
        (".json", ".ubj"),
        "xgboost.Booster(model_file=file)",
        "model.predict(xgboost.DMatrix(rows)).tolist()",
    ),
    "pytorch": Loader(
        "import torch", "model.pt", (".pt",), "torch.jit.load(str(file)).eval()", "model(torch.tensor(rows)).tolist()"
    ),
}
TEMPLATE = '''"""The inference code of the model, which the container calls. It is at code/inference.py of the archive.

Packages that the image lacks go to code/requirements.txt. Save the model with the package versions of the image.
"""

import json
from pathlib import Path

{imports}


def model_fn(model_dir):
    """Load the model, once for each worker. model_dir contains the files of the archive."""
    file = Path(model_dir) / "{file}"
    return {load}


def input_fn(body, content_type):
    """Return the rows of a request. An exception is the caller's error message."""
    text = body.decode() if isinstance(body, bytes) else body
    if content_type == "application/json":
        return json.loads(text)
    if content_type == "text/csv":
        return [[float(cell) for cell in line.split(",")] for line in text.splitlines() if line.strip()]
    raise ValueError(f"send application/json or text/csv, not {{content_type}}")


def predict_fn(rows, model):
    """Return the predictions of the rows."""
    return {predict}


def output_fn(prediction, accept):
    """Return the body and the content type of the response."""
    return json.dumps(prediction), "application/json"
'''


def inference_code(framework: str) -> str | None:
    """Return the code for a framework; None if there is no template for it."""
    loader = LOADERS.get(framework)
    return TEMPLATE.format(**vars(loader)) if loader else None


def inference_code_for(model: Path, framework: str) -> str | None:
    """Return the code that loads this model file; None if there is no template for such a file of the framework."""
    loader = LOADERS.get(framework)
    if loader is None or not model.is_file() or model.suffix not in loader.suffixes:
        return None
    return TEMPLATE.format(**vars(replace(loader, file=model.name)))


def framework_of(model: Path) -> str | None:
    """Return the framework whose template loads a model file with this suffix."""
    return next((name for name, loader in LOADERS.items() if model.suffix in loader.suffixes), None)
