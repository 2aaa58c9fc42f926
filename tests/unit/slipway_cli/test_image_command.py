"""`slipway image`: what it prints where, and how it fails."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner, Result
from tests import processes

from slipway_cli.main import COMMANDS, main


def slipway(*arguments: str, env: dict[str, str | None] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, env={"AWS_REGION": None, "AWS_DEFAULT_REGION": None, **(env or {})})


def test_the_registry_path_alone_is_on_standard_output() -> None:
    result = slipway("image", "object-detection", "--region", "ap-southeast-2", "--version", "latest")

    assert result.stdout == "544295431143.dkr.ecr.ap-southeast-2.amazonaws.com/object-detection:latest\n"
    assert (result.stderr, result.exit_code) == ("", 0)


def test_the_region_comes_from_the_environment_when_it_is_not_given() -> None:
    result = slipway("image", "kmeans", "--version", "1", env={"AWS_REGION": "eu-west-1"})

    assert ".eu-west-1." in result.stdout


def test_what_was_chosen_is_said_on_standard_error() -> None:
    result = slipway("image", "xgboost", "--region", "us-east-1")

    assert result.stdout.endswith("sagemaker-xgboost:3.2-0\n")
    assert result.stderr == "Chosen: FrameworkVersion 3.2-0\n"


def test_an_image_that_stands_in_comes_with_a_caution() -> None:
    result = slipway(
        "image", "sklearn", "--region", "us-east-1", "--version", "1.9-0", "--instance-type", "ml.m6g.large"
    )

    assert "Caution: FrameworkVersion '1.9-0' has no image" in result.stderr
    assert result.exit_code == 0


def test_json_has_every_field_by_its_name() -> None:
    result = slipway(
        *("image", "huggingface", "--region", "us-east-1", "--version", "4.28.1", "--instance-type", "ml.g5.xlarge"),
        *("--base-framework-version", "pytorch2.0.0", "--py-version", "py310", "--json"),
    )

    fields = json.loads(result.stdout)
    assert fields["FrameworkVersion"] == "4.28.1"
    assert fields["BaseFrameworkVersion"] == "pytorch2.0.0"
    assert fields["ImageUri"].endswith(":2.0.0-transformers4.28.1-gpu-py310-cu118-ubuntu20.04")


def test_a_domain_error_is_one_line_and_exit_code_1() -> None:
    result = slipway("image", "objct-detection", "--region", "us-east-1")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "did you mean object-detection?" in result.stderr


@pytest.mark.parametrize("arguments", [("image", "--region", "us-east-1"), ("image", "kmeans"), ("imag",)])
def test_an_incomplete_command_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    assert slipway(*arguments).exit_code == 2


def test_frameworks_are_listed_a_line_each() -> None:
    lines = slipway("image", "--list").stdout.splitlines()

    assert "object-detection" in lines
    assert lines == sorted(lines)


def test_the_images_of_a_framework_are_listed_in_columns_or_as_json() -> None:
    columns = slipway("image", "--list", "kmeans").stdout.splitlines()
    rows = json.loads(slipway("image", "--list", "kmeans", "--json").stdout)

    assert columns[0].split() == ["VERSION", "BASE", "FRAMEWORK", "PYTHON", "PROCESSORS", "IMAGE"]
    assert " ".join(columns[1].split()) == "latest - - cpu gpu inf none serverless kmeans:latest"
    assert [row["FrameworkVersion"] for row in rows] == ["latest", "1"]
    assert slipway("image", "--list", "kmens").exit_code == 1


def test_help_names_every_command_and_imports_none() -> None:
    code = (
        "import sys; from slipway_cli.main import main; main(['--help'], standalone_mode=False);"
        "from slipway_cli.main import COMMANDS; slow = {'boto3', 'botocore', 'rich', *COMMANDS};"
        "print(sorted(slow & {name.removeprefix('slipway_cli.') for name in sys.modules}))"
    )
    output = processes.run([sys.executable, "-c", code], env=processes.project_environment()).stdout

    assert all(f"  {name} " in output for name in COMMANDS)
    assert output.endswith("[]\n")
