"""Whoever opens the folder of the documentation finds every page."""

from __future__ import annotations

import re

from tests.conventions.project import ROOT

DOCS = ROOT / "docs"


def test_the_index_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\(([^)#]+)\)", (DOCS / "README.md").read_text(encoding="utf-8")))
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert pages <= linked
