"""The documentation site: README.md and the pages of docs/ as they are. `make site` builds it with Sphinx.

Sphinx warns of a page that the navigation lacks, and of links and anchors that lead nowhere; `make site` fails then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SECTIONS = {
    "Start": ("choosing", "laptop", "first-deployment", "inference", "../examples/README"),
    "Deploy": (
        "s3-user",
        "side-file",
        "console-user",
        "python",
        "notebooks",
        "large-models",
        "several-models",
        "scaling",
        "own-container",
        "batch",
        "rollouts",
        "triggers",
        "promotion",
        "object-detection",
        "console",
    ),
    "Operate": ("operator", "idle-cleanup", "ci", "security", "troubleshooting", "removing"),
    "Reference": (
        "commands",
        "errors",
        "images",
        "members",
        "permissions",
        "local-stack",
        "aws-rules",
        "assumptions",
    ),
    "Development": (
        "architecture",
        "../CONTRIBUTING",
        "../CHANGELOG",
        "publishing",
        "supply-chain",
        "README",
    ),
    "Decisions": ("adr/*",),
}

project = html_title = "Slipway"
extensions = ["myst_parser", "sphinxcontrib.mermaid"]
root_doc = "README"
source_suffix = {".md": "markdown"}
include_patterns = ["*.md", "docs/**.md", "examples/README.md"]
exclude_patterns = [".*", "bench", "build", "events", "functions", "requirements", "statemachine", "tests", "tools"]
html_theme = "furo"
html_copy_source = False
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 3  # as GitHub names them


def navigation(caption: str, pages: tuple[str, ...]) -> str:
    """Return a section of the navigation."""
    lines = "\n".join(f"docs/{page}".replace("docs/../", "") for page in pages)
    return f"\n```{{toctree}}\n:hidden:\n:glob:\n:caption: {caption}\n\n{lines}\n```\n"


def add_navigation(site: Sphinx, page: str, source: list[str]) -> None:
    """Add the navigation to the first page, because GitHub would show it as text there."""
    if page == site.config.root_doc:
        source[0] += "".join(navigation(*section) for section in SECTIONS.items())


def setup(site: Sphinx) -> None:
    """Register the change to the first page."""
    site.connect("source-read", add_navigation)
