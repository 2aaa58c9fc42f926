"""The demo's model: handwritten digits, recognised by scikit-learn."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

CODE = Path(__file__).with_name("model_code")
MISSING_MODULE = "torch_not_installed"


@dataclass(frozen=True)
class Digits:
    """1,797 images of 64 grey values, three quarters to train with, one quarter to test with."""

    train_images: Any
    test_images: Any
    train_labels: Any
    test_labels: Any


def load() -> Digits:
    """Return scikit-learn's digits, always split the same way."""
    data = load_digits()
    return Digits(*train_test_split(data.data, data.target, test_size=0.25, random_state=7))


def train(digits: Digits, version: int) -> tuple[Any, float]:
    """Return a trained classifier and its accuracy on the test images: linear in version 1, an SVM in version 2."""
    kinds = {1: LogisticRegression(max_iter=500), 2: SVC(gamma="scale", C=10)}
    classifier = make_pipeline(StandardScaler(), kinds[version]).fit(digits.train_images, digits.train_labels)
    return classifier, float(classifier.score(digits.test_images, digits.test_labels))


def pack(classifier: Any, version: int, folder: Path) -> Path:
    """Write model.tar.gz as a user would: the model, and code/inference.py."""
    model = folder / "digits.joblib"
    joblib.dump({"classifier": classifier, "version": version}, model)
    archive = folder / f"digits-v{version}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(model, "digits.joblib")
        tar.add(CODE / "inference.py", "code/inference.py")
    return archive


def pack_broken(folder: Path) -> Path:
    """Write an archive that unpacks well and whose code imports a module that the image lacks."""
    code = folder / "inference.py"
    code.write_text(f"import {MISSING_MODULE}\n", encoding="utf-8")
    archive = folder / "digits-broken.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(code, "code/inference.py")
    return archive
