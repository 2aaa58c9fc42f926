"""The examples, as their README says: trained, deployed, and asked for the sample."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import slipway
from slipway_local.hosting.environments import Environments
from tests import processes
from tests.contract.hosting.runtime_environments import needs
from tests.integration.deployments import Account, endpoint_name

EXAMPLES = Path(__file__).parents[2] / "examples"
# Where the library that trains is not the project's, the image's environment has it.
ENVIRONMENTS = {"xgboost": "xgboost-3.0-5", "huggingface": "huggingface", "pytorch": "pytorch"}

PYTORCH = pytest.mark.skipif(
    not Environments().is_made("pytorch"), reason="the environment pytorch, 5.3 GB, is not made: `make pytorch`"
)

pytestmark = pytest.mark.full


@pytest.fixture
def folder(request: pytest.FixtureRequest, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of an example, in the folder of a local stack."""
    copy = shutil.copytree(EXAMPLES / request.param, tmp_path / "example")
    account.description.write(copy / ".local" / "stack.json")
    monkeypatch.chdir(copy)
    return Path(copy)


@pytest.mark.parametrize(
    "folder",
    [
        "scikit_learn",
        pytest.param("xgboost", marks=needs("xgboost-3.0-5")),
        pytest.param("huggingface", marks=needs("huggingface")),
        pytest.param("object_detection", marks=needs("mxnet")),
        pytest.param("pytorch", marks=PYTORCH),
    ],
    indirect=True,
)
def test_an_example_is_trained_deployed_and_answers_its_sample(folder: Path, request: pytest.FixtureRequest) -> None:
    environment = ENVIRONMENTS.get(request.node.callspec.params["folder"])
    python = Environments().python(environment, print) if environment else sys.executable
    (folder / "model").mkdir(exist_ok=True)
    processes.run([python, folder / "train.py", EXAMPLES.parent / "tests" / "fixtures" / "vehicle-rears.tar.gz"])
    fields = json.loads((folder / "deployment.json").read_text(encoding="utf-8"))
    fields["EndpointName"] = endpoint_name(fields["EndpointName"])

    endpoint = slipway.deploy(folder / "model", config=fields, local=True)

    (sample,) = folder.glob("sample.*")
    assert is_as_expected(endpoint.predict(sample), json.loads((folder / "expected.json").read_text(encoding="utf-8")))
    endpoint.delete(all_versions=True)


def is_as_expected(answer: Any, expected: Any) -> bool:
    """Compare JSON; of a detector's answer only what it is sure of, at two digits."""
    if isinstance(answer, dict):
        sure = [box for box in answer["prediction"] if box[1] > 0.5]
        return [pytest.approx(box, abs=0.01) for box in expected["prediction"]] == sure
    return bool(answer == expected)


@pytest.mark.parametrize("folder", ["llm"], indirect=True)
def test_the_example_without_an_archive_is_answered_by_the_stand_in(folder: Path) -> None:
    fields = json.loads((folder / "deployment.json").read_text(encoding="utf-8"))
    fields["EndpointName"] = endpoint_name(fields["EndpointName"])

    endpoint = slipway.deploy(config=fields, local=True)

    answer = endpoint.predict(folder / "sample.json")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert (answer["object"], answer["choices"][0]["index"]) == (expected["object"], expected["choices"][0]["index"])
    endpoint.delete(all_versions=True)


@pytest.mark.parametrize("folder", ["batch"], indirect=True)
def test_the_batch_example_transforms_each_row(folder: Path) -> None:
    processes.run([sys.executable, folder / "train.py"])
    fields = json.loads((folder / "transform.json").read_text(encoding="utf-8"))

    job = slipway.transform(folder / "model", folder / "rows", config=fields, local=True)
    job.download(folder / "results")

    answers = [one for file in (folder / "results").glob("*.out") for one in json.loads(file.read_text())]
    rows = [line for file in (folder / "rows").glob("*.csv") for line in file.read_text().splitlines()]
    assert len(answers) == len(rows) > 9
    assert set(answers) == {0, 1, 2}


@pytest.mark.parametrize("folder", ["scikit_learn"], indirect=True)
def test_the_cells_of_the_notebook_run(folder: Path) -> None:
    cells = json.loads((folder / "iris.ipynb").read_text(encoding="utf-8"))["cells"]
    name, ran = endpoint_name("iris"), dict[str, Any]()

    for cell in (cell for cell in cells if cell["cell_type"] == "code"):
        exec("".join(cell["source"]).replace('name="iris"', f'name="{name}"'), ran)

    assert ran["predictions"] == ["setosa", "virginica"]
    assert ran["again"].outcome == "AlreadyDeployed"
    assert "AlreadyDeployed" in ran["again"]._repr_html_()
    assert slipway.endpoint(name, local=True).status == ""
