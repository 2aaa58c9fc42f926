"""What ships is pinned, hashed and listed with its licence; its version is the same everywhere."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from tests.conventions.project import FUNCTIONS, ROOT, read_yaml, template

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


SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)")
APPLICATION: dict[str, Any] = template()["Metadata"]["AWS::ServerlessRepo::Application"]


def version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def number(text: str) -> tuple[int, ...]:
    found = SEMVER.fullmatch(text)
    assert found, f"{text} is not a version of Semantic Versioning"
    return tuple(map(int, found.groups()))


def changes() -> list[str]:
    """Return the headings of the changelog, newest first: `Unreleased` or a version, without its date."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return [heading.split()[0].strip("[]") for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)]


def test_the_template_and_the_api_have_the_project_s_version() -> None:
    api = read_yaml((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
    assert APPLICATION["SemanticVersion"] == version()
    assert api["info"]["version"] == version()


def test_the_changelog_s_newest_version_is_the_project_s() -> None:
    newest, *earlier = changes()
    if newest == "Unreleased":  # it will be the project's
        assert all(number(version()) > number(one) for one in earlier)
    else:
        assert newest == version()
        assert all(number(newest) > number(one) for one in earlier)


def test_what_is_published_is_within_what_the_repository_takes() -> None:
    # Serverless Application Repository developer guide, application properties
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", APPLICATION["Name"])
    assert 1 <= len(APPLICATION["Description"]) <= 256
    assert re.fullmatch(r"[a-zA-Z0-9 -]{1,127}", APPLICATION["Author"])
    assert len(APPLICATION["Labels"]) <= 10
    assert all(re.fullmatch(r"[a-zA-Z0-9+:_@/-]{1,127}", label) for label in APPLICATION["Labels"])


def test_what_is_published_has_a_licence_and_a_readme() -> None:
    licence = (ROOT / APPLICATION["LicenseUrl"]).read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert (ROOT / APPLICATION["ReadmeUrl"]).is_file()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == APPLICATION["SpdxLicenseId"]
