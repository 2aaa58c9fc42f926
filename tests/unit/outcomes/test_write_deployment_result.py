"""The result file: what it says, and that the newest upload's stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slipway.deployment.plan import Execution
from slipway.errors import ServiceUnavailable
from slipway.outcomes.result_file import Document
from slipway.outcomes.write_deployment_result import write_deployment_result
from tests.fakes.result_files import FakeResultFiles
from tests.fakes.services import SETTINGS
from tests.unit.events import EVENTS, read

BUCKET = "slipway-modelbucket-1a2b3c4d5e6f"
KEY = "models/digits/deployment-result.json"
ARN = "arn:aws:states:us-east-1:111122223333:execution:slipway-DeployEndpoint:"
CREATED = {"Outcome": "Created", "EndpointName": "digits", "Warnings": []}
SUPERSEDED = {"Outcome": "Superseded", "EndpointName": "digits", "Warnings": []}


def event(key: str = "models/digits/model.tar.gz", **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = read(EVENTS / "s3" / "object_created.json")
    item = {**found["detail"]["object"], "key": key, **changes}
    return {**found, "detail": {**found["detail"], "object": item}}


def write(
    files: FakeResultFiles, result: Document = CREATED, second: int = 0, name: str = "one", **changes: Any
) -> Document:
    """Write the result of an upload at a second of 12:00; return what the file says then."""
    execution = Execution(Id=f"{ARN}{name}", Name=name, StartTime="2026-11-01T12:01:00.000Z")
    settings = replace(SETTINGS, model_bucket=BUCKET)
    uploaded_at = f"2026-11-01T12:00:{second:02}+00:00"
    write_deployment_result(event(**changes), uploaded_at, result, execution, files, settings)
    return files.documents[KEY]


@pytest.fixture
def files() -> FakeResultFiles:
    return FakeResultFiles()


def test_the_file_holds_the_outcome_and_says_of_which_upload(files: FakeResultFiles) -> None:
    found = dict(write(files))

    assert found.pop("WrittenAt") > "2026"
    assert found == {
        **CREATED,
        "Archive": {"Key": "models/digits/model.tar.gz", "VersionId": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e"},
        "RequestedAt": "2026-11-01T12:00:00.000Z",
        "Sequencer": "00617F08299329D18900000000000000",
        "Execution": f"{ARN}one",
    }


def test_a_refused_side_file_leaves_the_endpoints_name_to_the_key(files: FakeResultFiles) -> None:
    found = write(files, {"Outcome": "Failed", "EndpointName": None, "Error": "FieldUnknown"})

    assert (found["Outcome"], found["Error"], found["EndpointName"]) == ("Failed", "FieldUnknown", "digits")


def test_without_an_inspected_archive_the_time_is_that_of_the_event(files: FakeResultFiles) -> None:
    execution = Execution(Id=f"{ARN}one", Name="one", StartTime="2026-11-01T12:01:00.000Z")
    settings = replace(SETTINGS, model_bucket=BUCKET)

    write_deployment_result(event(), None, CREATED, execution, files, settings)

    assert files.documents[KEY]["RequestedAt"] == "2026-11-01T12:00:00.000Z"


@pytest.mark.parametrize(
    ("key", "file"),
    [("models/a b/model.tar.gz", "models/a b"), ("models/digits/v2/x/model.tar.gz", "models/digits")],
)
def test_the_file_is_in_the_folder_of_the_endpoint(files: FakeResultFiles, key: str, file: str) -> None:
    with pytest.raises(KeyError):
        write(files, key=key.replace("digits", "other"))
    write_key = f"{file}/deployment-result.json".replace("digits", "other")
    assert list(files.documents) == [write_key]


def test_a_newer_upload_replaces_the_result_and_an_older_one_does_not(files: FakeResultFiles) -> None:
    write(files, CREATED, second=10, name="first")

    assert write(files, CREATED, second=20, name="newer")["Execution"] == f"{ARN}newer"
    assert write(files, SUPERSEDED, second=15, name="older")["Execution"] == f"{ARN}newer"


def test_within_one_second_the_sequencer_decides(files: FakeResultFiles) -> None:
    write(files, CREATED, name="newer", sequencer="A1")

    assert write(files, SUPERSEDED, name="older", sequencer="A0FF")["Execution"] == f"{ARN}newer"
    assert write(files, CREATED, name="newest", sequencer="A1F")["Execution"] == f"{ARN}newest"


def test_an_execution_that_is_redriven_replaces_its_own_result(files: FakeResultFiles) -> None:
    write(files, {"Outcome": "Failed", "EndpointName": "digits", "Error": "ServiceThrottled"})

    assert write(files, CREATED)["Outcome"] == "Created"


@pytest.mark.parametrize(
    "forged",
    [
        {"Execution": f"{ARN}forged", "RequestedAt": "2999-01-01T00:00:00.000Z", "Sequencer": "F"},
        {"Execution": f"{ARN}forged", "RequestedAt": "soon", "Sequencer": "F"},
        {"Execution": f"{ARN}forged", "RequestedAt": ["2026"], "Sequencer": 5},
        {"Execution": 5, "RequestedAt": "2026-11-01T12:30:00.000Z"},
        {},
    ],
)
def test_what_an_uploader_wrote_into_the_file_does_not_keep_a_result_out(files: FakeResultFiles, forged: Any) -> None:
    files.documents[KEY] = forged

    assert write(files)["Outcome"] == "Created"


def test_a_result_that_was_written_meanwhile_is_compared_again(files: FakeResultFiles) -> None:
    newest = write(FakeResultFiles(), CREATED, second=20, name="newest")
    write(files, CREATED, second=5, name="first")
    files.meanwhile = [newest]

    assert write(files, SUPERSEDED, second=10, name="older") == newest


def test_a_file_that_others_change_every_time_is_given_up(files: FakeResultFiles) -> None:
    write(files, CREATED, second=1, name="first")
    files.meanwhile = [{"Execution": None, "Number": number} for number in range(9)]

    with pytest.raises(ServiceUnavailable, match=r"deployment-result\.json was changed by others"):
        write(files, CREATED, second=10, name="second")


def test_an_event_about_another_bucket_writes_nothing(files: FakeResultFiles) -> None:
    execution = Execution(Id=f"{ARN}one", Name="one", StartTime="2026-11-01T12:01:00.000Z")

    write_deployment_result(event(), None, CREATED, execution, files, replace(SETTINGS, model_bucket="another"))

    assert files.documents == {}
