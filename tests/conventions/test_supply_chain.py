"""What ships is pinned, hashed, listed with its licence, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.conventions.project import FUNCTIONS, ROOT

# Licences that ask for no more than their notice.
PERMISSIVE = {
    "Apache-2.0",
    "Apache Software License",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "MIT",
    "MIT-0",
    "PSF-2.0",
}
REQUIREMENT = re.compile(r"^([a-z0-9-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def pins() -> dict[str, str]:
    """Return what functions/requirements.txt pins, with hashes or not at all."""
    return {name: version for name, version, _ in REQUIREMENT.findall((FUNCTIONS / "requirements.txt").read_text())}


def listed() -> dict[str, dict[str, Any]]:
    """Return the components of the bill of materials by their normal name."""
    bill = json.loads((ROOT / "docs" / "bill-of-materials.json").read_text(encoding="utf-8"))
    return {component["name"].replace("_", "-"): component for component in bill["components"]}


def licences(component: dict[str, Any]) -> list[str]:
    """Return a component's licences, by SPDX id or by the last words of their classifier."""
    declared = [choice["license"] for choice in component["licenses"]]
    return [licence.get("id") or licence["name"].split(" :: ")[-1] for licence in declared]


def test_everything_that_ships_is_pinned_with_hashes() -> None:
    text = (FUNCTIONS / "requirements.txt").read_text()
    assert REQUIREMENT.sub("", text) == ""
    assert pins()


def test_the_bill_of_materials_is_what_is_pinned() -> None:
    assert {name: component["version"] for name, component in listed().items()} == pins()


def test_every_licence_is_permissive_and_documented() -> None:
    document = (ROOT / "docs" / "supply-chain.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (\d\S+) \| (.+) \|$", document, re.MULTILINE)
    assert rows == [(name, version, ", ".join(licences(listed()[name]))) for name, version in sorted(pins().items())]
    assert {licence for component in listed().values() for licence in licences(component)} <= PERMISSIVE
