"""The published schema is what `python -m dev schema` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from dev.schema import COPIES, schema_text, write_schema
from dev.schema.fields import FIELDS
from dev.schema.shapes import schema_of
from slipway.planning.contract.schema import SCHEMA_FILE, check, deployment_schema
from tests.conventions.project import ROOT

EXAMPLES = sorted((ROOT / "events" / "executions").glob("*.json"))
MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")


@pytest.mark.parametrize("published", [SCHEMA_FILE, ROOT / "docs" / "deployment.schema.json"], ids=["shipped", "docs"])
def test_the_published_schema_is_up_to_date(published: Path) -> None:
    assert published.read_text(encoding="utf-8") == schema_text(), "stale: run make schema"


def test_a_stale_copy_is_found_and_written(tmp_path: Path) -> None:
    for copy in COPIES:
        (tmp_path / copy).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / copy).write_text("{}", encoding="utf-8")
    assert write_schema(check=True, root=tmp_path) == 1
    assert [(tmp_path / copy).read_text(encoding="utf-8") for copy in COPIES] == ["{}"] * len(COPIES)
    assert write_schema(check=False, root=tmp_path) == 0
    assert write_schema(check=True, root=tmp_path) == 0


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_every_example_names_the_schema_for_editors(example: Path) -> None:
    reference = json.loads(example.read_text(encoding="utf-8"))["$schema"]

    assert (example.parent / reference).resolve() == ROOT / "docs" / "deployment.schema.json"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_naming_the_schema_changes_nothing(example: Path) -> None:
    document = json.loads(example.read_text(encoding="utf-8"))
    without = {name: value for name, value in document.items() if name != "$schema"}

    assert check(document) == check(without) == without


def test_the_contract_has_the_fields_in_the_order_of_the_table() -> None:
    assert list(deployment_schema()["properties"]) == ["$schema", *(field.name for field in FIELDS)]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_says_what_it_means_and_shows_an_example(field: Any) -> None:
    about = deployment_schema()["properties"][field.name]

    assert about["description"] == field.meaning
    assert about["examples"] == [field.example]
    assert json.loads(json.dumps(field.example)) == field.example


@pytest.mark.parametrize(
    ("shape", "member", "expected"),
    [
        ("ProductionVariant", "VolumeSizeInGB", {"type": "integer", "minimum": 1, "maximum": 512}),
        ("CreateModelInput", "EnableNetworkIsolation", {"type": "boolean"}),
        (
            "CreateEndpointInput",
            "EndpointName",
            {
                "type": "string",
                "pattern": "^(?:[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62})$",
                "x-expects": "letters and digits, with hyphens only between them, at most 63 characters",
                "minLength": 1,
                "maxLength": 63,
            },
        ),
    ],
)
def test_a_shape_of_sagemaker_becomes_json_schema(shape: str, member: str, expected: dict[str, Any]) -> None:
    assert schema_of(MODEL.shape_for(shape).members[member]) == expected


def test_a_structure_takes_no_other_members_and_needs_those_that_sagemaker_needs() -> None:
    schema = schema_of(MODEL.shape_for("ProductionVariantServerlessConfig"))

    assert schema["additionalProperties"] is False
    assert schema["required"] == ["MemorySizeInMB", "MaxConcurrency"]
