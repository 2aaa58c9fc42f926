"""Framework models of the SageMaker Python SDK, and mlflow's deployment client, deploy and predict unmodified."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests import processes
from tests.contract.engine.laptop import Laptop

from slipway_local.hosting.environments import Environments

ROOT = Path(__file__).parents[3]
SDK_PYTHON, MLFLOW_PYTHON = (ROOT / ".tools" / name / "bin" / "python" for name in ("sagemaker-sdk", "mlflow"))
SDK_SCRIPT, MLFLOW_SCRIPT = (Path(__file__).with_name(f"{name}_script.py") for name in ("framework_models", "mlflow"))
# Trained by the packages of the images that serve them: a model that predicts the sum of a row.
TRAIN = {
    "sklearn-1.2-1": """
import joblib, sys
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]], [0.0, 1.0, 2.0])
joblib.dump(model, f"{sys.argv[1]}/model.joblib")
""",
    "xgboost-3.0-5": """
import sys
import numpy as np, xgboost
rows = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]] * 10)
options = {"max_depth": 2, "eta": 1.0, "lambda": 0.0, "base_score": 0.0}
xgboost.train(options, xgboost.DMatrix(rows, rows.sum(axis=1)), 4).save_model(f"{sys.argv[1]}/model.json")
""",
}


@pytest.mark.full
@pytest.mark.timeout(900)
def test_models_of_the_sdk_deploy_and_predict(laptop: Laptop, role: str, tmp_path: Path) -> None:
    environments = Environments()
    for name, script in TRAIN.items():
        processes.run([environments.python(name, lambda _: None), "-W", "ignore", "-c", script, tmp_path])
    expected = {"SKLearnModel": [1.0, 1.0], "XGBoostModel": [1.0, 1.0]}
    if environments.is_made("pytorch"):  # 5.3 GB, on request only
        expected["PyTorchModel"] = [0.5, 0.5]

    assert printed([SDK_PYTHON, SDK_SCRIPT, role, tmp_path, *expected], laptop, tmp_path) == expected


@pytest.mark.full
@pytest.mark.timeout(900)
def test_mlflows_client_deploys_predicts_and_deletes_without_a_bucket(
    laptop: Laptop, role: str, tmp_path: Path
) -> None:
    assert printed([MLFLOW_PYTHON, MLFLOW_SCRIPT, role], laptop, tmp_path) == {
        "prediction": [1, 2],
        "listed": True,
        "left": False,
    }


def printed(command: list[Path | str], laptop: Laptop, folder: Path) -> object:
    """Return the JSON that a client's script prints last; the environment is what its user has exported."""
    exported = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONWARNINGS": "ignore",
        "AWS_ENDPOINT_URL": laptop.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    done = processes.run(command, env=exported, cwd=folder, timeout=600)
    return json.loads(done.stdout.splitlines()[-1])
