"""The input that `slipway deploy` makes of a file and flags, and what it refuses before anything is asked of AWS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.integration.archives import answering, text_file

from slipway_cli.deployment_input import document_of
from slipway_cli.main import main
from slipway_cli.sdk.contract import image_of, with_default_hosting
from slipway_cli.sdk.target import Target

NO_FLAGS = dict.fromkeys(
    ("name", "framework", "framework_version", "py_version", "image_uri", "instance_type", "instance_count", "deadline")
)
# Nothing answers there: a command that asked AWS would end with 3.
NOBODY = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1"}


def slipway(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=text, env=NOBODY)


@pytest.fixture
def archive(tmp_path: Path) -> str:
    """Return a good archive."""
    file = tmp_path / "model.tar.gz"
    file.write_bytes(answering(2))
    return str(file)


def test_flags_win_over_the_file_and_add_to_its_maps_and_lists(tmp_path: Path) -> None:
    file = tmp_path / "input.json"
    fields = {"EndpointName": "a", "InstanceType": "ml.m5.large", "Environment": {"A": "1", "B": "1"}}
    file.write_text(json.dumps({**fields, "Tags": [{"Key": "team", "Value": "x"}], "Protected": True}))
    (tmp_path / "samples.json").write_text('{"Samples": []}')
    flags = {
        **NO_FLAGS,
        "name": "b",
        "smoke_test": str(tmp_path / "samples.json"),
        "instance_count": 2,
        "message": "More data",
        "idle_after": 60,
        "protected": False,
        "env": [("B", "2")],
        "tag": [("cost", "1")],
    }

    document = document_of("s3://bucket/model.tar.gz", {**flags, "input_file": str(file)})

    assert document == {
        "EndpointName": "b",
        "ModelDataUrl": "s3://bucket/model.tar.gz",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
        "Environment": {"A": "1", "B": "2"},
        "Tags": [{"Key": "team", "Value": "x"}, {"Key": "cost", "Value": "1"}],
        "Protected": False,
        "IdleAfterMinutes": 60,
        "Message": "More data",
        "SmokeTest": {"Samples": []},
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Pass a model"),
        (("s3://bucket/model.tar.gz",), "Pass the endpoint's name: --name"),
        (("nowhere.tar.gz", "--name", "a"), "There is no file or folder nowhere.tar.gz"),
        (("s3://bucket/model.tar.gz", "--name", "a", "--env", "A"), "'A' is not KEY=VALUE"),
        (("--input", "nowhere.json"), "nowhere.json"),
    ],
)
def test_a_command_that_lacks_something_is_a_usage_error(arguments: tuple[str, ...], words: str) -> None:
    result = slipway("deploy", *arguments)

    assert result.exit_code == 2
    assert words in result.stderr


def test_an_input_that_breaks_the_contract_is_refused_without_asking_aws(archive: str) -> None:
    for arguments in (("s3://bucket/model.tar.gz", "--name", "a_b"), (archive, "--name", "a_b")):
        result = slipway("deploy", *arguments)

        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith('Error: EndpointName is "a_b", but must be letters and digits')
        assert result.stderr.count("\n") == 1


def test_an_archive_that_is_none_is_refused_without_asking_aws(archive: str) -> None:
    Path(archive).write_bytes(text_file())

    result = slipway("deploy", archive, "--name", "a")

    assert result.exit_code == 1
    assert "not gzip-compressed" in result.stderr


def test_an_input_on_standard_input_is_read() -> None:
    result = slipway("deploy", "--input", "-", text='{"EndpointNam": "a", "EndpointName": "a"}')

    assert result.exit_code == 1
    assert "did you mean EndpointName" in result.stderr
    assert slipway("deploy", "--input", "-", text="nonsense").stderr.startswith("Error: Standard input is not JSON")
    assert slipway("deploy", "--input", "-", text="[]").stderr.startswith("Error: - is not a JSON object")


def test_an_error_is_json_where_json_was_asked_for() -> None:
    result = slipway("deploy", "s3://bucket/model.tar.gz", "--name", "a_b", "--json")

    error = json.loads(result.stderr)
    assert (error["Error"], result.exit_code, result.stdout) == ("FieldInvalid", 1, "")


@pytest.mark.parametrize("command", [("status",), ("status", "digits"), ("explain", "digits"), ("logs", "digits")])
def test_an_aws_that_does_not_answer_is_one_line_and_exit_code_3(command: tuple[str, ...]) -> None:
    result = slipway(*command)

    assert result.exit_code == 3
    assert result.stderr.startswith("Error: No answer from http://127.0.0.1:9")
    assert (result.stderr.count("\n"), result.stdout) == (1, "")


@pytest.mark.parametrize("span", ["1", "x", "15 m", "-5m"])
def test_a_length_of_time_that_is_none_is_a_usage_error(span: str) -> None:
    result = slipway("logs", "digits", f"--since={span}")

    assert result.exit_code == 2
    assert "write for example 15m, 2h or 3d" in result.stderr


def test_options_that_exclude_each_other_are_a_usage_error() -> None:
    assert slipway("logs", "digits", "--lines", "5", "--follow").exit_code == 2
    assert slipway("status", "--wait").exit_code == 2


def test_a_missing_file_of_the_framework_is_named_before_the_upload(tmp_path: Path) -> None:
    (tmp_path / "model.joblib").write_bytes(b"model")

    result = slipway("deploy", str(tmp_path), "--name", "a", "--framework", "sklearn")

    assert result.exit_code == 1
    assert "does not hold code/inference.py" in result.stderr


def test_an_unknown_framework_is_refused_before_the_upload(archive: str) -> None:
    # Without a region too, whose error hid it.
    nowhere = {"AWS_REGION": None, "AWS_DEFAULT_REGION": None, "AWS_CONFIG_FILE": "none", "AWS_PROFILE": None}
    result = CliRunner().invoke(main, ["deploy", archive, "--name", "a", "--framework", "skleran"], env=nowhere)

    assert result.exit_code == 1
    assert "sklearn" in result.stderr


def test_the_stacks_instance_type_chooses_the_image_where_none_is_named() -> None:
    document = {"EndpointName": "a", "Framework": "pytorch"}
    stack = Target(None, "eu-west-1", known_outputs={"DefaultInstanceType": "ml.g5.xlarge"})

    assert "gpu" in str(image_of(with_default_hosting(document, stack), "eu-west-1"))
    chosen = {**document, "InstanceType": "ml.m5.large"}
    assert with_default_hosting(chosen, stack) == chosen
    assert with_default_hosting(document, Target(None, "eu-west-1", known_outputs={})) == document


def test_a_dry_run_shows_image_and_price_and_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.joblib").write_bytes(b"model")
    (tmp_path / "inference.py").write_text("def model_fn(model_dir): ...")
    hosting = ("--framework", "sklearn", "--framework-version", "1.2-1", "--instance-type", "ml.m5.large")

    result = slipway("deploy", str(tmp_path), "--name", "a", *hosting, "--instance-count", "2", "--dry-run", "--json")

    plan = json.loads(result.stdout)
    assert plan["ImageUri"] == "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    assert (plan["EstimatedCostPerHour"], plan["EstimatedCostPerMonth"]) == (0.23, 167.9)
    assert "ModelDataUrl" not in plan["Input"]
    shown = slipway("deploy", str(tmp_path), "--name", "a", *hosting, "--dry-run")
    assert "about $0.115 an hour, $83.95 a month, until deleted" in shown.stdout
    assert shown.exit_code == 0
