"""Results that the workflow does not write: of executions that it does not see the end of, and of stray uploads."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slipway.outcomes.result_file import result_key
from slipway.outcomes.write_missing_result import write_missing_result
from tests.conventions.project import template
from tests.fakes.result_files import FakeResultFiles
from tests.fakes.services import SETTINGS
from tests.unit.events import EVENTS, read
from tests.unit.outcomes.test_write_deployment_result import ARN, BUCKET, KEY, event, write

ENDS = {"aborted": ("Aborted", "Aborted"), "timed_out": ("TimedOut", "States.Timeout")}


def ended(name: str, started_with: object, execution: str = f"{ARN}one") -> dict[str, Any]:
    """Return events/outcomes/<name>.json of an execution that started with something."""
    found: dict[str, Any] = read(Path(EVENTS / "outcomes" / f"{name}.json"))
    detail = {**found["detail"], "input": json.dumps(started_with), "executionArn": execution}
    return {**found, "detail": detail}


def note(files: FakeResultFiles, about: dict[str, Any]) -> None:
    write_missing_result(about, files, replace(SETTINGS, model_bucket=BUCKET))


@pytest.fixture
def files() -> FakeResultFiles:
    return FakeResultFiles()


@pytest.mark.parametrize("name", ENDS)
def test_an_execution_that_was_stopped_or_timed_out_has_a_result(files: FakeResultFiles, name: str) -> None:
    note(files, ended(name, event()))

    found = files.documents[KEY]
    assert (found["Outcome"], found["Error"]) == ENDS[name]
    assert (found["EndpointName"], found["Archive"]["Key"]) == ("digits", "models/digits/model.tar.gz")
    assert found["Message"].endswith(".")
    assert found["Hint"]


def test_the_result_that_the_workflow_wrote_stays(files: FakeResultFiles) -> None:
    written = write(files, {"Outcome": "Failed", "EndpointName": "digits", "Error": "ContainerFailedPing"})

    note(files, ended("failed", event()))

    assert files.documents[KEY] == written


def test_the_result_of_a_newer_upload_stays(files: FakeResultFiles) -> None:
    newer = write(files, second=30, name="newer")

    note(files, ended("aborted", event(), f"{ARN}older"))

    assert files.documents[KEY] == newer


@pytest.mark.parametrize("started_with", [{"EndpointName": "digits"}, [], None])
def test_an_execution_that_no_upload_started_has_none(files: FakeResultFiles, started_with: object) -> None:
    note(files, ended("aborted", started_with))

    assert files.documents == {}


def test_an_input_that_is_too_long_for_an_event_has_none(files: FakeResultFiles) -> None:
    about = ended("aborted", None)
    about["detail"]["input"] = None

    note(files, about)

    assert files.documents == {}


@pytest.mark.parametrize(
    ("key", "file", "message"),
    [
        ("models/model.tar.gz", "models", "models/model.tar.gz is in no folder that names an endpoint"),
        ("models/fraud2/model.joblib", "models/fraud2", "models/fraud2/model.joblib is not a .tar.gz archive"),
        ("models/fraud2/v1/model.zip", "models/fraud2", "models/fraud2/v1/model.zip is not a .tar.gz archive"),
    ],
)
def test_a_stray_upload_has_a_result(files: FakeResultFiles, key: str, file: str, message: str) -> None:
    note(files, event(key))

    (found,) = files.documents.items()
    assert found[0] == f"{file}/deployment-result.json"
    assert (found[1]["Outcome"], found[1]["Error"]) == ("Failed", "UploadNotDeployed")
    assert found[1]["Message"] == f"{message}, so nothing was deployed."
    assert found[1]["Execution"] is None


@pytest.mark.parametrize(
    ("key", "file", "message"),
    [
        ("batch/rows.csv", "batch/batch-result.json", "batch/rows.csv is not in batch/<name>/input/"),
        ("batch/digits/a/b.csv", "batch/digits/batch-result.json", "batch/digits/a/b.csv is not in"),
        ("batch/digits/input/a/b.csv", "batch/digits/results/a/b.csv.json", "batch/digits/input/a/b.csv is empty"),
    ],
)
def test_stray_data_has_a_result(files: FakeResultFiles, key: str, file: str, message: str) -> None:
    note(files, event(key, size=0))

    ((found, document),) = files.documents.items()
    assert (found, document["Error"], document["Data"]["Key"]) == (file, "UploadNotDeployed", key)
    assert document["Message"].startswith(message)
    assert document["Message"].endswith("so no transform job was started.")
    assert "EndpointName" not in document


def test_a_transform_job_that_was_stopped_has_a_result(files: FakeResultFiles) -> None:
    note(files, ended("aborted", event("batch/digits/input/rows.csv")))

    assert files.documents["batch/digits/results/rows.csv.json"]["Outcome"] == "Aborted"


@pytest.mark.parametrize(
    "key",
    [
        "models/digits/model.tar.gz",
        "models/digits/deployment.json",
        "models/digits/deployment-result.json",
        "models/deployment-result.json",
        "models/",
        "sample.csv",
        "batch/digits/input/rows.csv",
        "batch/digits/batch.json",
        "batch/digits/batch-result.json",
        "batch/digits/results/rows.csv.json",
        "batch/batch-result.json",
        "batch/digits/input/",
    ],
)
def test_an_archive_a_side_file_a_result_and_other_prefixes_have_none(files: FakeResultFiles, key: str) -> None:
    note(files, event(key))

    assert files.documents == {}


def test_a_stray_upload_after_a_deployment_is_noted_and_the_next_deployment_replaces_the_note(
    files: FakeResultFiles,
) -> None:
    write(files, second=0, name="first")
    later = {**event("models/digits/model.joblib"), "time": "2026-11-01T13:00:00Z"}

    note(files, later)
    assert files.documents[KEY]["Error"] == "UploadNotDeployed"
    # Its archive was uploaded before the stray object, and its execution ends after it.
    assert write(files, second=30, name="second")["Outcome"] == "Created"


def test_a_stray_upload_before_a_deployment_s_result_is_no_news(files: FakeResultFiles) -> None:
    written = write(files, second=30)

    note(files, event("models/digits/model.joblib"))

    assert files.documents[KEY] == written


def patterns() -> list[Any]:
    rule = template()["Resources"]["StrayUploadRule"]["Properties"]["EventPattern"]
    return list(rule["detail"]["object"]["key"])


@pytest.mark.parametrize("key", ["batch/a/input/input/x", "batch/a/input/b/input/x", "batch/a/b/input/c", "batch/x"])
def test_the_rule_of_data_does_not_match_their_results(key: str) -> None:
    (pattern,) = template()["Resources"]["DataUploadedRule"]["Properties"]["EventPattern"]["detail"]["object"]["key"]
    wildcard = re.escape(pattern["wildcard"]).replace(r"\*", ".*")
    assert not re.fullmatch(wildcard, result_key(key))
    assert re.fullmatch(wildcard, "batch/a/input/b/x.csv")


def test_the_rule_does_not_match_what_its_function_writes() -> None:
    (excluded,) = (one["anything-but"]["wildcard"] for one in patterns() if "anything-but" in one)
    assert "*/deployment-result.json" in excluded
    # What is written below batch/ calls it again: the test of what has no result shows that it is ignored.
    assert not [one for one in patterns() if one.get("wildcard", "").endswith((".json", "*"))]
