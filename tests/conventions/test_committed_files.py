"""What is committed works on every machine: it names no package registry and no path of one machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conventions.project import ROOT, committed_files

# Which registry packages come from is a setting of the machine.
REGISTRIES = re.compile(
    r"""pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|conda\.anaconda\.org|proxy\.golang\.org|crates\.io
    |--(?:extra-)?index(?:-url)?[ =]|--find-links[ =]|--trusted-host[ =]|(?:default-)?index-url\s*=""",
    re.VERBOSE | re.IGNORECASE,
)
# Home directories and work places; a container's or Lambda's own directories (/opt/ml, /tmp) are no machine's.
MACHINE_PATHS = re.compile(r"(?<![\w.~$}/-])/(?:home|Users|root|work|mnt|Volumes)/\w|[A-Z]:\\(?:Users|Windows)\\")


def lines_with(pattern: re.Pattern[str], *, text: str) -> list[str]:
    return [line for line in text.splitlines() if pattern.search(line)]


def texts() -> Iterator[tuple[str, str]]:
    for path in committed_files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield str(path.relative_to(ROOT)), content.decode("utf-8")


@pytest.mark.parametrize("pattern", [REGISTRIES, MACHINE_PATHS], ids=["registry", "machine"])
def test_no_committed_file_names_a_registry_or_a_machine(pattern: re.Pattern[str]) -> None:
    here = str(ROOT / "tests" / "conventions" / "test_committed_files.py")
    found = {name: lines_with(pattern, text=text) for name, text in texts() if str(ROOT / name) != here}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_committed_files_are_found() -> None:
    names = {name for name, _ in texts()}
    assert {"template.yaml", ".gitignore", "functions/requirements.txt", "requirements/dev.txt"} <= names
    assert not [name for name in names if name.startswith((".venv", ".tools", ".git/"))]


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (REGISTRIES, "--index-url https://example.com/simple"),
        (REGISTRIES, f"see https://{'pypi'}.org/project/slipway"),
        (REGISTRIES, 'index-url = "https://example.com"'),
        (MACHINE_PATHS, "run /home/me/project/.venv/bin/python"),
        (MACHINE_PATHS, "open('/Users/me/model.tar.gz')"),
    ],
)
def test_a_machine_or_registry_is_seen(pattern: re.Pattern[str], line: str) -> None:
    assert lines_with(pattern, text=line)


@pytest.mark.parametrize(
    "line", ["/opt/ml/model/code", "~/home/x", "https://example.com/home/x", "/tmp/model", "--index 3 of"]
)
def test_what_containers_and_addresses_name_is_fine(line: str) -> None:
    assert not lines_with(MACHINE_PATHS, text=line)
