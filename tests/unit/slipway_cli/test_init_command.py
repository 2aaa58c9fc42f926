"""`slipway init`: a deployment.json from flags or answers that validate, and editors, are content with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from slipway.planning.contract.schema import SCHEMA_FILE, check
from slipway_cli.commands.init import _field
from slipway_cli.main import main
from slipway_cli.questions import ask

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-image:1.0"


def init(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["init", str(folder / "deployment.json"), *arguments])


def document(folder: Path) -> dict[str, object]:
    read: dict[str, object] = json.loads((folder / "deployment.json").read_text(encoding="utf-8"))
    return read


def test_flags_become_the_contracts_fields(tmp_path: Path) -> None:
    flags = ("--framework", "xgboost", "--framework-version", "1.7-1", "--instance-type", "ml.c5.xlarge")
    result = init(tmp_path, *flags, "--instance-count", "2")

    assert result.exit_code == 0, result.output
    assert document(tmp_path) == {
        "$schema": "./deployment.schema.json",
        "Framework": "xgboost",
        "FrameworkVersion": "1.7-1",
        "InstanceType": "ml.c5.xlarge",
        "InitialInstanceCount": 2,
    }
    assert "Upload it before the archive: aws s3 cp" in result.stdout


def test_a_framework_without_an_image_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    result = init(tmp_path, "--framework", "skleran")

    assert result.exit_code == 1
    assert "did you mean sklearn" in result.output
    assert not list(tmp_path.iterdir())


def test_the_schema_is_written_beside_the_file_for_editors(tmp_path: Path) -> None:
    init(tmp_path, "--framework", "sklearn")

    reference = str(document(tmp_path)["$schema"])
    assert (tmp_path / reference).read_bytes() == SCHEMA_FILE.read_bytes()


def test_without_a_schema_nothing_but_the_file_is_written(tmp_path: Path) -> None:
    init(tmp_path, "--framework", "sklearn", "--no-schema")

    assert [path.name for path in tmp_path.iterdir()] == ["deployment.json"]
    assert document(tmp_path) == {"Framework": "sklearn"}


def test_every_file_that_is_written_is_named(tmp_path: Path) -> None:
    result = init(tmp_path, "--framework", "sklearn", "--code")

    assert result.stdout.startswith(
        f"Wrote {tmp_path / 'deployment.json'}, deployment.schema.json, code/inference.py.\n"
    )
    assert (tmp_path / "code" / "inference.py").is_file()


def test_with_an_archive_it_is_an_input_for_deploy(tmp_path: Path) -> None:
    flags = ("--endpoint-name", "mine", "--model-data-url", "s3://my-bucket/model.tar.gz", "--image-uri", IMAGE)
    result = init(tmp_path, *flags)

    assert "slipway deploy --input" in result.stdout
    assert check(document(tmp_path))["EndpointName"] == "mine"
    assert CliRunner().invoke(main, ["validate", str(tmp_path / "deployment.json")]).exit_code == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--framework", "Not Lower"), "Framework is"),
        (("--instance-type", "ml.m5"), "InstanceType is"),
        (("--instance-count", "0"), "InitialInstanceCount is 0"),
        (("--model-data-url", "s3://my-bucket/model.tar.gz"), "EndpointName is missing"),
    ],
)
def test_what_breaks_the_contract_is_refused_and_not_written(tmp_path: Path, flags: tuple[str, ...], said: str) -> None:
    result = init(tmp_path, *flags)

    assert result.exit_code == 1
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_kept_without_the_flag(tmp_path: Path) -> None:
    init(tmp_path, "--framework", "sklearn")
    refused = init(tmp_path, "--framework", "xgboost")
    assert (refused.exit_code, document(tmp_path)["Framework"]) == (1, "sklearn")
    assert "--force" in refused.stderr

    assert init(tmp_path, "--framework", "xgboost", "--force").exit_code == 0
    assert document(tmp_path)["Framework"] == "xgboost"


def test_nothing_is_asked_in_a_pipe(tmp_path: Path) -> None:
    result = init(tmp_path)

    assert (result.exit_code, list(tmp_path.iterdir())) == (2, [])


def answers(*lines: str) -> tuple[dict[str, object], str]:
    """Return what the answers make, and what was said meanwhile."""
    asked: list[dict[str, object]] = []
    runner = CliRunner()
    with runner.isolation("\n".join([*lines, ""])) as (_, said, _):
        asked.append(ask())
        return asked[0], said.getvalue().decode()


def test_answers_become_a_side_file_or_an_input() -> None:
    side_file, _ = answers("", "xgboost", "1.7-1", "", "3")
    assert side_file == {
        "Framework": "xgboost",
        "FrameworkVersion": "1.7-1",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 3,
    }
    whole, _ = answers("s3://my-bucket/model.tar.gz", "mine", "", "", "serverless")
    assert whole["ModelDataUrl"] == "s3://my-bucket/model.tar.gz"
    assert (whole["EndpointName"], whole["Framework"]) == ("mine", "sklearn")
    assert "InstanceType" not in whole
    assert check({**whole})["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}


def test_an_answer_that_the_contract_refuses_is_asked_for_again() -> None:
    made, said = answers("model.zip", "", "skleran", "sklearn", "", "large", "ml.m5.large", "many", "0", "1")

    assert made == {"Framework": "sklearn", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    assert "ModelDataUrl is" in said
    assert "did you mean sklearn" in said
    assert "InstanceType is" in said
    assert "many is no whole number" in said
    assert "InitialInstanceCount is 0" in said


@pytest.mark.parametrize(
    ("flag", "field"),
    [("instance_count", "InitialInstanceCount"), ("py_version", "PyVersion"), ("model_data_url", "ModelDataUrl")],
)
def test_a_flag_is_a_field_of_the_contract(flag: str, field: str) -> None:
    assert _field(flag) == field
