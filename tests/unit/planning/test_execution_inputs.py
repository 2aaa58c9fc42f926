"""events/executions: every file is a deployment that can be planned, and together they show the whole contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.errors import FieldMissing, FieldsConflict
from slipway.images.plan_image import resolve_image_of
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check, deployment_schema
from slipway.planning.plan_deployment import plan_deployment
from tests.fakes.services import SETTINGS
from tests.fakes.sources import EverySource
from tests.fakes.storage import FakeStorage
from tests.unit.events import EXECUTIONS, execution_input, read
from tests.unit.execution import execution

FIELDS = deployment_schema()["properties"].keys() - {"$schema"}
EVERY_FIELD = execution_input("every_field")


@pytest.mark.parametrize("path", EXECUTIONS, ids=lambda path: path.stem)
def test_an_execution_input_is_planned_and_its_image_found(path: Path) -> None:
    document = read(path)

    plan = plan_deployment(document, execution(), FakeStorage().side_file, EverySource(), SETTINGS)

    assert plan["EndpointName"] == document["EndpointName"]
    if "EndpointConfigName" not in document:
        image = resolve_image_of(plan, SETTINGS)["ImageUri"]
        assert ".dkr.ecr.us-east-1.amazonaws.com/" in image or "ImageConfig" in document


def test_every_field_of_the_contract_is_shown_by_some_input() -> None:
    assert {field for path in EXECUTIONS for field in execution_input(path.stem)} == FIELDS


@pytest.mark.parametrize("field", sorted(FIELDS - EVERY_FIELD.keys()))
def test_every_field_example_has_all_compatible_fields(field: str) -> None:
    (example,) = deployment_schema()["properties"][field]["examples"]

    with pytest.raises((FieldsConflict, FieldMissing)):
        check_rules(check(EVERY_FIELD | {field: example}))
