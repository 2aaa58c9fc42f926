"""`slipway validate`: the Lambda's own contract, offline, with its words about the field."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.events import EXECUTIONS

from slipway.errors import SlipwayError
from slipway.planning.contract.schema import deployment_schema
from slipway_cli.main import main
from slipway_cli.sdk.contract import check_input, check_side_file, help_for

FIELDS = st.sampled_from(sorted(deployment_schema()["properties"]))
ENVIRONMENT = {"AWS_REGION": None, "AWS_DEFAULT_REGION": None}


def validate(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", str(file), *arguments], env=ENVIRONMENT)


def written(folder: Path, document: object, name: str = "input.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


@pytest.mark.parametrize("example", EXECUTIONS, ids=lambda path: path.stem)
def test_every_example_keeps_the_contract(example: Path) -> None:
    result = validate(example)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "is valid" in result.stdout


@pytest.mark.parametrize(
    ("document", "error", "field", "words"),
    [
        ({"EndpointNam": "x"}, "EndpointNam is not a field", "EndpointName", "The endpoint to create or update"),
        ({"ModelDataUrl": "s3://b/k.tar.gz"}, "EndpointName is missing", "EndpointName", 'Example: "my-endpoint"'),
        (
            {"EndpointName": "x", "ModelDataUrl": "s3://bucket/model.zip"},
            "ModelDataUrl is",
            "ModelDataUrl",
            "The model: an archive, or a prefix that ends with /",
        ),
        (
            {"EndpointName": "x", "EndpointConfigName": "c", "InstanceType": "ml.m5.large"},
            "exclude each other",
            "InstanceType",
            "The instance type that hosts the model",
        ),
    ],
    ids=["misspelt", "missing", "malformed", "in conflict"],
)
def test_what_is_wrong_is_said_with_the_contracts_words_about_the_field(
    tmp_path: Path, document: dict[str, Any], error: str, field: str, words: str
) -> None:
    result = validate(written(tmp_path, document))

    assert (result.exit_code, result.stdout) == (1, "")
    *about, said = result.stderr.splitlines()
    assert said.startswith("Error: ")
    assert error in said
    assert any(line.startswith(f"{field}: ") and words in line for line in about)


def test_a_side_file_needs_neither_endpoint_nor_archive(tmp_path: Path) -> None:
    document = {"$schema": "./deployment.schema.json", "Framework": "sklearn", "InstanceType": "ml.m5.large"}

    assert validate(written(tmp_path, document, "deployment.json")).exit_code == 0
    assert validate(written(tmp_path, document), "--side-file").exit_code == 0
    assert validate(written(tmp_path, document)).exit_code == 1
    assert validate(written(tmp_path, document, "deployment.json"), "--input").exit_code == 1


def test_a_whole_input_may_be_called_deployment_json_too(tmp_path: Path) -> None:
    document = {"EndpointName": "mine", "ModelDataUrl": "s3://my-bucket/model.tar.gz", "Framework": "sklearn"}

    assert validate(written(tmp_path, document, "deployment.json")).exit_code == 0


def test_what_an_upload_settles_has_no_place_in_a_side_file(tmp_path: Path) -> None:
    result = validate(written(tmp_path, {"TrainingJobName": "job"}, "deployment.json"))

    assert result.exit_code == 1
    assert "TrainingJobName in a side file is settled by the upload" in result.stderr


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "null", "[]", '"text"'])
def test_what_is_no_json_object_is_said_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "deployment.json"
    file.write_text(text, encoding="utf-8")
    result = validate(file)

    assert result.exit_code == 1
    assert "JSON" in result.stderr
    assert "Traceback" not in result.output


def test_with_a_region_the_image_is_resolved_and_refused_as_the_workflow_would(tmp_path: Path) -> None:
    good = validate(
        written(tmp_path, {"Framework": "sklearn", "FrameworkVersion": "1.2-1"}, "deployment.json"),
        "--region",
        "eu-west-1",
    )
    bad = validate(written(tmp_path, {"Framework": "skleran"}, "deployment.json"), "--region", "eu-west-1")

    assert "sagemaker-scikit-learn:1.2-1-cpu-py3" in good.stdout
    assert bad.exit_code == 1
    assert "did you mean sklearn" in bad.stderr


def test_json_says_whether_it_is_valid_and_why_not(tmp_path: Path) -> None:
    good = json.loads(validate(written(tmp_path, {"Framework": "sklearn"}, "deployment.json"), "--json").stdout)
    bad = validate(written(tmp_path, {"InstanceTyp": "x"}, "deployment.json"), "--json")

    assert (good["Valid"], good["Deployment"]["Framework"]) == (True, "sklearn")
    said = json.loads(bad.stdout)
    assert (bad.exit_code, said["Valid"], said["Error"]) == (1, False, "FieldUnknown")
    assert said["Fields"][0] == {
        "Field": "InstanceType",
        "Meaning": "The instance type that hosts the model",
        "Example": "ml.m5.large",
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(document=JSON)
def test_whatever_is_written_is_accepted_or_refused_by_name(document: object) -> None:
    for checked in (check_input, check_side_file):
        said = refusal_of(checked, document)
        assert said is None or (said and all(field.meaning for field in help_for(said)))


def refusal_of(checked: Callable[[object], dict[str, Any]], document: object) -> str | None:
    """Return what a check says of a document, None when it accepts it; anything but a refusal is a bug."""
    try:
        checked(document)
    except SlipwayError as refusal:
        return str(refusal)
    return None


def test_a_file_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    assert validate(tmp_path / "nosuch.json").exit_code == 2
