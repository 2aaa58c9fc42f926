"""Whatever is sent: a plan, or an `InputRefused` with one sentence; nothing else."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given

from slipway.errors import InputRefused
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check
from slipway.planning.plan_deployment import plan_deployment
from tests.fakes.services import SETTINGS
from tests.fakes.sources import EverySource
from tests.fakes.storage import FakeStorage
from tests.unit.execution import execution
from tests.unit.planning.documents import documents, inputs

BUCKET, KEY = "models", "models/my-endpoint/model.tar.gz"


def outcome(request: object, storage: FakeStorage | None = None) -> Any:
    """Return the plan, or the refusal's sentence."""
    try:
        return plan_deployment(request, execution(), (storage or FakeStorage()).side_file, EverySource(), SETTINGS)
    except InputRefused as refused:
        return str(refused)


def is_a_sentence(text: str) -> bool:
    return len(text) > 10 and "\n" not in text and text[-1] in ".?}"


@given(inputs)
@example({"EndpointName": "e", "ModelDataUrl": "s3://bucket/a.tar.gz", "InitialInstanceCount": True})
@example({"EndpointName": "e\n", "ModelDataUrl": "s3://bucket/a.tar.gz"})
@example({"EndpointName": "e", "Environment": {"a.b[0]": 5}})
@example({"EndpointName": "e", "Environment": {"{variable}": 5}})
@example({"EndpointName": "e", "DeadlineMinutes": float("nan")})
@example([[[[[]]]]])
def test_any_input_is_planned_or_refused_in_one_sentence(request: object) -> None:
    result = outcome(request)

    assert isinstance(result, dict) or is_a_sentence(result), result


@given(inputs)
def test_a_plan_is_json_with_a_deadline_an_endpoint_and_one_kind_of_deployment(request: object) -> None:
    result = outcome(request)

    if isinstance(result, dict):
        assert json.loads(json.dumps(result)) == result
        assert result["EndpointName"]
        assert result["Deadline"].endswith("+00:00")
        assert len(result.keys() & {"EndpointConfigName", "Artifact", "Containers", "Variants", "Components"}) == 1
        assert "ModelPackageArn" not in result or result["Image"].keys() == {"ImageUri"}


@given(documents)
def test_what_passes_the_contract_and_its_rules_is_planned(document: dict[str, Any]) -> None:
    try:
        checked = check(document)
        check_rules(checked)
    except InputRefused:
        return

    assert isinstance(outcome(document), dict)


def upload_event(bucket: str, key: str) -> dict[str, Any]:
    detail = {"bucket": {"name": bucket}, "object": {"key": key}}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
