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
ENVIRONMENTS = {"xgboost": "xgboost-3.0-5"}

pytestmark = pytest.mark.full


@pytest.fixture
def folder(request: pytest.FixtureRequest, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of an example, in the folder of a local stack."""
    copy = shutil.copytree(EXAMPLES / request.param, tmp_path / "example")
    account.description.write(copy / ".local" / "stack.json")
    monkeypatch.chdir(copy)
    return Path(copy)


@pytest.mark.parametrize(
    "folder", ["scikit_learn", pytest.param("xgboost", marks=needs("xgboost-3.0-5"))], indirect=True
)
def test_an_example_is_trained_deployed_and_answers_its_sample(folder: Path, request: pytest.FixtureRequest) -> None:
    environment = ENVIRONMENTS.get(request.node.callspec.params["folder"])
    python = Environments().python(environment, print) if environment else sys.executable
    processes.run([python, folder / "train.py"])
    fields = json.loads((folder / "deployment.json").read_text(encoding="utf-8"))
    fields["EndpointName"] = endpoint_name(fields["EndpointName"])

    endpoint = slipway.deploy(folder / "model", config=fields, local=True)

    assert endpoint.predict(folder / "sample.csv") == json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    endpoint.delete(all_versions=True)


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
