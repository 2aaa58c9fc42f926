"""The inference code that `slipway init --code` writes."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import joblib
import numpy as np
import pytest
from click.testing import CliRunner

from slipway_cli.main import main
from slipway_cli.sdk.inference_code import LOADERS, inference_code


class Sum:
    """A model with the interface of scikit-learn's, which takes a second to import."""

    def predict(self, data: list[list[float]]) -> np.ndarray:
        return np.asarray([sum(row) for row in data])


def module_of(code: str) -> ModuleType:
    module = ModuleType("inference")
    exec(compile(code, "inference.py", "exec"), module.__dict__)  # the template itself
    return module


@pytest.mark.parametrize("framework", LOADERS)
def test_every_template_is_python(framework: str) -> None:
    compile(inference_code(framework) or "", "inference.py", "exec")


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"[[1, 2], [3, 4]]", "application/json"), ("1,2\n3,4\n", "text/csv")]
)
def test_the_code_for_sklearn_serves_a_model(tmp_path: Path, body: bytes | str, content_type: str) -> None:
    joblib.dump(Sum(), tmp_path / "model.joblib")
    code = module_of(inference_code("sklearn") or "")

    model = code.model_fn(str(tmp_path))
    prediction = code.predict_fn(code.input_fn(body, content_type), model)

    assert prediction == pytest.approx([3, 7])
    assert code.output_fn([3.0], "*/*") == ("[3.0]", "application/json")
    with pytest.raises(ValueError, match="send application/json or text/csv, not image/png"):
        code.input_fn(b"", "image/png")


def test_init_writes_the_code_beside_the_side_file(tmp_path: Path) -> None:
    file = tmp_path / "deployment.json"
    arguments = ["init", str(file), "--framework", "sklearn", "--code"]

    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert (tmp_path / "code" / "inference.py").read_text(encoding="utf-8") == inference_code("sklearn")
    assert "exists: add --force" in CliRunner().invoke(main, arguments).stderr


def test_a_framework_without_a_template_is_a_usage_error(tmp_path: Path) -> None:
    arguments = ["init", str(tmp_path / "deployment.json"), "--framework", "object-detection", "--code"]
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert "--code has templates for sklearn, xgboost, pytorch" in result.stderr
