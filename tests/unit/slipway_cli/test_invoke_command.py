"""`slipway invoke`: what is checked before any endpoint is called, samples that are recorded, and a model's error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from slipway_cli.commands import invoke as invoke_command
from slipway_cli.main import main
from slipway_cli.sdk.invoke import Answer, InvocationFailed
from slipway_cli.sdk.target import Target

CONTENT = b"a picture"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "picture.png"
    file.write_bytes(CONTENT)
    return file


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("picture.png", "itself, which would be lost: pass another file."),
        ("../{folder}/picture.png", "itself, which would be lost: pass another file."),
        ("boxes.jpg", "--draw writes a PNG picture: write "),
        ("boxes", "boxes.png instead of "),
        ("nowhere/boxes.png", "nowhere, which is not a folder: create it, or pass another file."),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_before_the_endpoint_is_asked(
    picture: Path, drawn: str, said: str
) -> None:
    file = picture.parent / drawn.format(folder=picture.parent.name)

    # Where an endpoint would be asked, the exit code would be 3: there is no stack.
    result = CliRunner().invoke(main, ["invoke", "mine", str(picture), "--draw", str(file), "--region", "eu-west-1"])

    assert result.exit_code == 1
    assert said in result.stderr
    assert picture.read_bytes() == CONTENT


def test_an_answer_is_recorded_as_what_the_next_version_has_to_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload, recorded = tmp_path / "digit.csv", tmp_path / "samples.json"
    payload.write_bytes(b"0,5,13")
    stored: dict[str, bytes] = {}

    class Clients:
        """S3, which keeps what is put."""

        def client(self, service: str, **_: Any) -> Clients:
            assert service == "s3"
            return self

        def put_object(self, **request: Any) -> None:
            stored[f"s3://{request['Bucket']}/{request['Key']}"] = request["Body"]

    target = Target(Clients(), "eu-west-1", known_outputs={"ModelBucketName": "my-bucket"})
    monkeypatch.setattr(invoke_command, "find_target", lambda _choice: target)
    monkeypatch.setattr(invoke_command, "invoke", lambda *_: Answer(b'{"digit": 7}', "application/json", "v", 1.0))

    result = CliRunner().invoke(main, ["invoke", "mine", str(payload), "--record", str(recorded)])

    assert (result.exit_code, result.stdout) == (0, '{"digit": 7}')
    (sample,) = json.loads(recorded.read_text())["Samples"]
    assert stored[sample["PayloadUrl"]] == b"0,5,13"
    assert (sample["Name"], sample["Expect"]["Json"]) == ("digit.csv", {"digit": 7})


def test_a_traceback_is_below_the_error_with_its_line_breaks_and_no_control_characters(
    picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Answer:
        failed = InvocationFailed("The container of mine answered with 500: ValueError: [no]")
        failed.add_note('Traceback:\n  File "a.py", line 1\nValueError: [no]\x1b[2J')
        raise failed

    monkeypatch.setattr(invoke_command, "find_target", lambda _choice: None)
    monkeypatch.setattr(invoke_command, "invoke", fail)

    shown = CliRunner().invoke(main, ["invoke", "mine", str(picture)])
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.splitlines() == [
        "Error: The container of mine answered with 500: ValueError: [no]",
        "Traceback:",
        '  File "a.py", line 1',
        "ValueError: [no]\N{REPLACEMENT CHARACTER}[2J",
    ]
    as_json = json.loads(CliRunner().invoke(main, ["invoke", "mine", str(picture), "--json"]).stderr)
    assert as_json["Details"].startswith('Traceback:\n  File "a.py"')
