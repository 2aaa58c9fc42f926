"""The first example of docs/python.md, run as it stands there, and its endpoint."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import slipway
from tests.documents.blocks import ROOT
from tests.integration.deployments import Account, endpoint_name

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)
TEMPLATE = "code/inference.py was added from a template"


def test_the_example_deploys_and_its_endpoint_predicts_and_is_deleted(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    account.description.write(tmp_path / ".local" / "stack.json")
    name, ran = endpoint_name("wine"), dict[str, Any]()

    with pytest.warns(UserWarning, match=TEMPLATE):
        exec(EXAMPLES[0].replace('name="wine"', f'name="{name}"'), ran)

    endpoint, rows = ran["endpoint"], ran["rows"]
    assert endpoint.predict(rows[:3]) == endpoint.predict(rows[:3].tolist()) == ran["model"].predict(rows[:3]).tolist()
    assert [one["outcome"] for one in endpoint.history()] == ["Created"]
    with pytest.warns(UserWarning, match=TEMPLATE):
        again = slipway.deploy("wine.joblib", name=name, framework="sklearn", wait=False, local=True)
    assert (again.wait(None).status, again.outcome) == ("InService", "AlreadyDeployed")
    assert name in {one.name for one in slipway.endpoints(local=True)}
    assert f"Endpoint {name}" in endpoint.delete(all_versions=True)
    assert endpoint.status == ""
