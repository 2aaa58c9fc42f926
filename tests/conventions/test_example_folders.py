"""The parts of the examples that need no stack and no framework."""

from __future__ import annotations

import ast
import json
import re
import runpy
import shutil
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from slipway_cli.sdk.contract import check_input, image_of
from tests import processes

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())
ANY_MODEL = {"ModelDataUrl": "s3://my-bucket/model.tar.gz"}


def read(folder: str, name: str) -> Any:
    return json.loads((EXAMPLES / folder / name).read_text(encoding="utf-8"))


def test_the_page_lists_every_folder() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")

    assert sorted(re.findall(r"^\| \[(\w+)\]", page, re.MULTILINE)) == FOLDERS


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name not in ("batch", "promotion")])
def test_an_example_has_a_valid_deployment_a_sample_and_its_answer(folder: str) -> None:
    fields = read(folder, "deployment.json")

    document = check_input(fields if folder == "llm" else {**ANY_MODEL, **fields})

    assert image_of(document, "us-east-1")
    assert read(folder, "expected.json")
    assert len(list((EXAMPLES / folder).glob("sample.*"))) == 1


@pytest.mark.parametrize("code", sorted(EXAMPLES.glob("*/model/code/inference.py")), ids=lambda code: code.parts[-4])
def test_inference_code_is_python_with_model_fn(code: Path) -> None:
    functions = {
        one.name for one in ast.parse(code.read_text(encoding="utf-8")).body if isinstance(one, ast.FunctionDef)
    }

    assert {"model_fn", "predict_fn"} <= functions
    assert functions <= {"model_fn", "input_fn", "predict_fn", "output_fn"}


def test_the_server_of_the_own_container_answers_its_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shutil.copytree(EXAMPLES / "own_container", tmp_path / "own_container")
    (folder / "model").mkdir(exist_ok=True)
    runpy.run_path(str(folder / "train.py"))
    monkeypatch.setenv("MODEL_DIR", str(folder / "model"))
    container = runpy.run_path(str(folder / "image" / "serve.py"))["Container"]
    with ThreadingHTTPServer(("127.0.0.1", 0), container) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"

        # SageMaker's two requests (developer guide, "Custom Inference Code with Hosting Services").
        assert requests.get(f"{address}/ping", timeout=processes.TIMEOUT).status_code == 200
        answer = requests.post(
            f"{address}/invocations", (folder / "sample.json").read_bytes(), timeout=processes.TIMEOUT
        )
        assert answer.json() == read("own_container", "expected.json")
        server.shutdown()
