"""One version in every place that names it, and what the Serverless Application Repository asks of a publication."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import yaml

from tests.conventions.project import ROOT, template

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
    api = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
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
