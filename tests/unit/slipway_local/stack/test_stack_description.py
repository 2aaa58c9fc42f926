from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipway_local.stack.description import StackDescription, describe

OUTPUTS = {"StateMachineArn": "arn:machine", "ModelBucketName": "models"}
DESCRIPTION = StackDescription("http://127.0.0.1:1", "us-east-1", "000000000000", "arn:machine", "models", OUTPUTS)


class CloudFormation:
    def __init__(self, **outputs: str) -> None:
        self._outputs = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"Stacks": [{"StackName": StackName, "Outputs": self._outputs}]}


def test_stack_json_has_the_fields_of_the_design(tmp_path: Path) -> None:
    file = tmp_path / ".local" / "stack.json"

    DESCRIPTION.write(file)

    assert json.loads(file.read_text()) == {
        "endpoint_url": "http://127.0.0.1:1",
        "region": "us-east-1",
        "account_id": "000000000000",
        "state_machine_arn": "arn:machine",
        "model_bucket": "models",
        "outputs": OUTPUTS,
    }


def test_nothing_but_stack_json_is_left(tmp_path: Path) -> None:
    DESCRIPTION.write(tmp_path / "stack.json")
    DESCRIPTION.write(tmp_path / "stack.json")

    assert [file.name for file in tmp_path.iterdir()] == ["stack.json"]


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "stack.json"
    DESCRIPTION.write(file)
    before = file.read_text()

    def half(self: Path, text: str, **_: object) -> int:
        self.write_bytes(text.encode()[:20])
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="no space left"):
        DESCRIPTION.write(file)

    assert file.read_text() == before


def test_a_reader_never_sees_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, seen = tmp_path / "stack.json", []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        seen.append((target.exists(), json.loads(self.read_text())["region"]))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    DESCRIPTION.write(file)

    assert seen == [(False, "us-east-1")]  # it is complete before it has its name


def test_a_deployed_stack_is_described_from_its_outputs() -> None:
    found = describe(CloudFormation(**OUTPUTS), "slipway", "http://127.0.0.1:1", "us-east-1", "000000000000")

    assert found == DESCRIPTION


def test_a_stack_without_the_outputs_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="StateMachineArn"):
        describe(CloudFormation(), "slipway", "http://127.0.0.1:1", "us-east-1", "000000000000")
