"""What the documentation lists is what there is."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slipway.cleanup.announce import Estimate, IdleDeletion
from slipway.cleanup.assess import Verdict
from slipway.cleanup.delete_idle_endpoints import Report
from slipway.deployment import ordering, tags
from slipway.hosting import durations
from tests.conventions.dashboard import metrics_of_alarm, metrics_of_dashboard
from tests.conventions.project import ROOT, resources, states, template
from tests.documents.blocks import PAGES, blocks, faults

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_column(document: str, heading: str) -> list[str]:
    """Return the names in the first column of the table under a heading."""
    section = text_of(document).split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


def test_the_operators_guide_lists_every_parameter_with_its_default() -> None:
    listed = first_column("docs/operator.md", "## Parameters")
    assert [name for name in listed if name in template()["Parameters"]] == list(template()["Parameters"])
    for name, parameter in template()["Parameters"].items():
        row = next(line for line in text_of("docs/operator.md").splitlines() if line.startswith(f"| `{name}`"))
        assert row.split("|")[2].strip().strip("`") == str(parameter["Default"] or "none")


def test_the_operators_guide_says_what_to_do_about_every_alarm() -> None:
    alarms = [name.removesuffix("Alarm") for name in resources("AWS::CloudWatch::Alarm")]
    assert first_column("docs/operator.md", "## Alarms") == alarms
    watched = [
        metric
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        for metric in metrics_of_alarm(alarm["Properties"])
    ]
    assert (len(alarms), len(watched)) == (11, 30), "docs/operator.md says what they cost"


def test_the_operators_guide_lists_every_metric() -> None:
    published = {metric.name for metric in metrics_of_dashboard() if metric.namespace == "Slipway"}
    listed = first_column("docs/operator.md", "## Metrics")
    # The dashboard shows all but those that only an alarm watches.
    assert sorted(listed) == sorted(published | {"DeploymentsFailed", "TransformsFailed", "RolloutsFailed"})


def test_the_operators_guide_lists_every_tag() -> None:
    ours = [
        value
        for module in (tags, ordering, durations)
        for value in vars(module).values()
        if isinstance(value, str) and value.startswith("slipway:")
    ]
    assert sorted(first_column("docs/operator.md", "## What it leaves in SageMaker")) == sorted(set(ours))


def test_the_guide_to_idle_cleanup_lists_every_verdict_and_only_idle_is_deleted() -> None:
    assert first_column("docs/idle-cleanup.md", "## What is deleted") == [str(verdict) for verdict in Verdict]
    rows = [line for line in text_of("docs/idle-cleanup.md").splitlines() if line.endswith(("| yes |", "| no |"))]
    assert [row.split("`")[1] for row in rows if row.endswith("| yes |")] == [str(Verdict.IDLE)]
    assert len(rows) == len(Verdict)


def test_the_guide_to_idle_cleanup_lists_every_metric() -> None:
    report = Report("Enabled", "Stack", "now", Counter({Verdict.IDLE: 1}))
    published = [measurement.name for measurement in report.measurements()]
    assert first_column("docs/idle-cleanup.md", "## Reading a report") == published


def test_the_guide_to_idle_cleanup_shows_an_event_as_it_is() -> None:
    section = text_of("docs/idle-cleanup.md").split("```json\n", 1)[1].split("```", 1)[0]
    now = datetime(2026, 11, 22, tzinfo=UTC)
    event = IdleDeletion("e", "c", "a", now, now, 1, Estimate(0.1, "then")).event()
    assert list(json.loads(section)) == list(event)
    assert list(json.loads(section)["EstimatedCostPerHour"]) == list(event["EstimatedCostPerHour"])


def test_the_console_guide_lists_every_outcome() -> None:
    outcomes = {"Created", "Updated", "AlreadyDeployed", "Redeployed", "Superseded"}
    assert set(first_column("docs/console-user.md", "## Output")) == outcomes
    ends = {name for name, state in states("deploy_endpoint").items() if state["Type"] == "Succeed"}
    assert ends <= outcomes | {"Deployed"}


def test_the_comparison_has_a_source_for_each_cell_about_another_tool() -> None:
    comparison, sources = text_of("docs/choosing.md").split("\n## Sources\n")
    rows = [line.split("|")[3:-1] for line in comparison.splitlines() if line.startswith("| ")][2:]
    named = {number for row in rows for cell in row for number in re.findall(r"\((\d+)\)", cell)}

    assert [cell for row in rows for cell in row if not re.search(r"\((\d+|ours|measured)\)", cell)] == []
    assert named == set(re.findall(r"^(\d+)\. ", sources, re.MULTILINE))


def test_the_documentation_names_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    named = {
        target
        for document in DOCUMENTS
        if document.name != "CHANGELOG.md"
        for target in re.findall(r"(?:`|^\$ )make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named <= targets
    assert {"demo", "test", "local", "check", "bench"} <= targets


def test_the_documentation_names_the_versions_of_python_that_make_looks_for() -> None:
    (versions,) = re.findall(r"^VERSIONS := (.+)$", text_of("Makefile"), re.MULTILINE)
    *others, newest = versions.split()
    for document in ("README.md", "CONTRIBUTING.md", "docs/laptop.md"):
        assert f"Python {', '.join(others)} or {newest}" in text_of(document), document


def test_every_decision_has_its_parts() -> None:
    for record in (ROOT / "docs" / "adr").glob("*.md"):
        text = record.read_text(encoding="utf-8")
        assert all(f"\n## {part}\n" in text for part in ("Context", "Decision", "Consequences")), record.name


def test_the_index_links_every_page() -> None:
    docs = ROOT / "docs"
    linked = set(re.findall(r"\]\(([^)#]+)\)", (docs / "README.md").read_text(encoding="utf-8")))
    assert {page.name for page in docs.glob("*.md")} - {"README.md"} <= linked


def test_the_navigation_of_the_site_has_every_page_once() -> None:
    docs = ROOT / "docs"
    sections = runpy.run_path(str(docs / "conf.py"))["SECTIONS"]
    listed = [page for pages in sections.values() for page in pages if not page.startswith(("../", "adr/"))]
    assert sorted(listed) == sorted(page.stem for page in docs.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_is_marked(page: Path) -> None:
    assert not [fault for block in blocks(page) for fault in faults(block)]
