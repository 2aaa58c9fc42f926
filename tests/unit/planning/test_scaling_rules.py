"""AutoScaling, and what it does not go together with."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict, FieldUnknown, InputRefused
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check

DEPLOY = {"EndpointName": "e", "ModelDataUrl": "s3://bucket/model.tar.gz"}
POOLS = [{"InstanceType": "ml.m5.large", "Priority": 1}, {"InstanceType": "ml.t2.large", "Priority": 2}]


def scaled(least: int = 2, most: int = 6, **fields: Any) -> dict[str, Any]:
    bounds = {"MinCapacity": least, "MaxCapacity": most, "TargetInvocationsPerInstance": 600}
    return {**DEPLOY, "AutoScaling": bounds, **fields}


@pytest.mark.parametrize(
    ("document", "error", "sentence"),
    [
        (
            scaled(3, 2),
            FieldInvalid,
            "AutoScaling.MinCapacity is 3, but must be at most MaxCapacity, which is 2; exchange the two.",
        ),
        (
            scaled(InitialInstanceCount=1),
            FieldInvalid,
            "InitialInstanceCount is 1, but must be within AutoScaling's 2 to 6; "
            "remove InitialInstanceCount to begin with MinCapacity.",
        ),
        (
            scaled(ServerlessConfig={}),
            FieldsConflict,
            "AutoScaling and ServerlessConfig exclude each other: serverless hosting scales by itself; "
            "remove AutoScaling, or ServerlessConfig.",
        ),
        (
            scaled(AsyncInferenceConfig={}),
            FieldsConflict,
            "AutoScaling and AsyncInferenceConfig exclude each other: asynchronous endpoints count no invocations per "
            "instance; remove AutoScaling, or AsyncInferenceConfig.",
        ),
        (
            scaled(InstanceType="ml.t2.medium"),
            FieldsConflict,
            "AutoScaling and ml.t2.medium exclude each other: burstable instances cannot be scaled; "
            "use another instance type, for example ml.m5.large.",
        ),
        (
            scaled(InstancePools=POOLS),
            FieldsConflict,
            "AutoScaling and ml.t2.large exclude each other: burstable instances cannot be scaled; "
            "use another instance type, for example ml.m5.large.",
        ),
    ],
    ids=["bounds", "count", "serverless", "asynchronous", "burstable", "pools"],
)
def test_scaling_that_makes_no_sense_is_refused_in_one_sentence(
    document: dict[str, Any], error: type[InputRefused], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        check_rules(document)

    assert str(caught.value) == sentence


@given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 50))
def test_any_count_within_the_bounds_is_taken(least: int, more: int, above: int) -> None:
    count = least + min(above, more)

    check_rules(scaled(least, least + more, InitialInstanceCount=count))
    check_rules(scaled(least, least + more))


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_a_count_outside_the_bounds_is_refused(least: int, more: int, beyond: int) -> None:
    for count in (least - beyond, least + more + beyond):
        with pytest.raises(FieldInvalid):
            check_rules(scaled(least, least + more, InitialInstanceCount=count))


def test_a_redeployment_may_be_scaled() -> None:
    bounds = scaled()["AutoScaling"]

    check_rules({"EndpointName": "e", "EndpointConfigName": "e-0f1e2d3c4b5a", "AutoScaling": bounds})


@pytest.mark.parametrize(
    ("bounds", "error"),
    [
        ({"MinCapacity": 1, "MaxCapacity": 2}, FieldMissing),
        ({"MinCapacity": 0, "MaxCapacity": 2, "TargetInvocationsPerInstance": 1}, FieldInvalid),
        ({"MinCapacity": 1, "MaxCapacity": 2, "TargetInvocationsPerInstance": 0}, FieldInvalid),
        ({"MinCapacity": 1, "MaxCapacity": 2, "TargetInvocationsPerInstance": 1, "Cooldown": 1}, FieldUnknown),
    ],
)
def test_each_number_is_needed_and_is_at_least_one(bounds: dict[str, int], error: type[InputRefused]) -> None:
    with pytest.raises(error, match="AutoScaling"):
        check({**DEPLOY, "AutoScaling": bounds})
