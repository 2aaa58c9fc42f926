"""InferenceComponents: each has a model of its own, on the instances of one variant that has none."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.deployment.limits import Limits, TooManyInstances, VpcNotAllowed, check_plan
from slipway.deployment.plan import Plan
from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict, FieldUnknown, InputRefused
from slipway.hosting.requests import endpoint_config_request, model_requests
from slipway.images.plan_image import resolve_image_of
from slipway.planning.contract.components import EXCLUDED
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check
from tests.fakes.services import SETTINGS
from tests.unit.execution import artifact, plan_of

NEEDS, LITTLE = {"MinMemoryRequiredInMb": 1024}, {"MinMemoryRequiredInMb": 64}
CHURN = {
    "InferenceComponentName": "churn",
    "ModelDataUrl": "s3://models/churn.tar.gz",
    "ComputeResourceRequirements": NEEDS,
}
PRICES = {**CHURN, "InferenceComponentName": "prices", "ModelDataUrl": "s3://models/prices.tar.gz"}
VPC = {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0", "subnet-1"]}
SHARED: dict[str, Any] = {
    "EndpointName": "shared",
    "InferenceComponents": [CHURN, PRICES],
    "Framework": "sklearn",
    "InstanceType": "ml.m5.xlarge",
}
MANAGED = {"Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 4}


def planned(**fields: Any) -> Plan:
    return plan_of(**{"ModelDataUrl": "s3://models/one.tar.gz", **SHARED, **fields})


def models(plan: Plan, etag: str = "one") -> list[str]:
    image = resolve_image_of(plan, SETTINGS)
    parts = [artifact(f"{etag}-{number}") for number, _ in enumerate(plan["Components"])]
    found = artifact(Parts=parts)
    return [str(one["ModelName"]) for one in model_requests(plan, image, found, "role") if one]


def test_each_component_has_a_model_and_the_configuration_has_none() -> None:
    plan = planned(ManagedInstanceScaling=MANAGED, VpcConfig=VPC, EnableNetworkIsolation=True)

    assert len({*models(plan)}) == 2
    assert endpoint_config_request(plan, models(plan)) == {
        "EndpointConfigName": endpoint_config_request(plan, [])["EndpointConfigName"],
        "ProductionVariants": [
            {
                "VariantName": "AllTraffic",
                "InitialVariantWeight": 1.0,
                "InstanceType": "ml.m5.xlarge",
                "InitialInstanceCount": 1,
                "ManagedInstanceScaling": MANAGED,
            }
        ],
        "ExecutionRoleArn": SETTINGS.execution_role_arn,
        "VpcConfig": VPC,
        "EnableNetworkIsolation": True,
    }
    assert all(one["Model"] == {} for one in plan["Components"])


def test_another_archive_is_another_model_and_the_same_configuration() -> None:
    plan, other = planned(), planned(InferenceComponents=[CHURN])

    assert {*models(plan)}.isdisjoint(models(plan, "two"))
    assert endpoint_config_request(plan, []) == endpoint_config_request(other, [])


def test_a_role_and_timeouts_are_those_of_component_and_model() -> None:
    slow = {**CHURN, "ContainerStartupHealthCheckTimeoutInSeconds": 900}

    plan = planned(InferenceComponents=[slow, PRICES], ExecutionRoleArn="arn:aws:iam::111122223333:role/models")

    assert plan["EndpointConfig"]["ExecutionRoleArn"] == "arn:aws:iam::111122223333:role/models"
    assert [one["Model"] for one in plan["Components"]] == [
        {"ExecutionRoleArn": "arn:aws:iam::111122223333:role/models"}
    ] * 2
    startup = "ContainerStartupHealthCheckTimeoutInSeconds"
    assert [one["Variant"].get(startup) for one in plan["Components"]] == [900, None]
    assert startup not in plan["Variant"]


@pytest.mark.parametrize("field", EXCLUDED)
def test_what_belongs_to_a_model_of_the_endpoint_is_refused(field: str) -> None:
    with pytest.raises(FieldsConflict, match=f"InferenceComponents and {field} exclude each other"):
        check_rules({**SHARED, field: {}})


REFUSED: list[tuple[str, dict[str, Any], type[InputRefused], str]] = [
    ("two of one name", {"InferenceComponents": [CHURN, {**PRICES, "InferenceComponentName": "Churn"}]}, FieldInvalid,
     "two of InferenceComponentName churn"),
    ("no source", {"InferenceComponents": [{**CHURN, "ModelDataUrl": None}]}, FieldInvalid, "ModelDataUrl"),
    ("no memory", {"InferenceComponents": [{**CHURN, "ComputeResourceRequirements": {}}]}, FieldMissing,
     r"InferenceComponents\[0\].ComputeResourceRequirements.MinMemoryRequiredInMb is missing"),
    ("too little memory", {"InferenceComponents": [{**CHURN, "ComputeResourceRequirements": LITTLE}]}, FieldInvalid,
     "at least 128"),
    ("a secret", {"InferenceComponents": [{**CHURN, "Environment": {"API_KEY": "x"}}]}, FieldInvalid,
     r"InferenceComponents\[0\]: Environment.API_KEY holds a credential"),
    ("an adapter", {"InferenceComponents": [{**CHURN, "BaseInferenceComponentName": "base"}]}, FieldUnknown,
     "BaseInferenceComponentName"),
    ("one subnet", {"VpcConfig": {**VPC, "Subnets": VPC["Subnets"][:1]}}, FieldInvalid, "two"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "error", "sentence"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED])
def test_a_component_is_refused_by_name(fields: dict[str, Any], error: type[InputRefused], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        check_rules(check({**SHARED, **fields}))


def test_sagemaker_manages_the_instances_of_components_only() -> None:
    """terraform-provider-aws pull request 45926: ManagedInstanceScaling is only supported for component endpoints."""
    check_rules(check({**SHARED, "ManagedInstanceScaling": MANAGED}))
    alone = {"EndpointName": "one", "ModelDataUrl": "s3://models/one.tar.gz", "Framework": "sklearn"}

    with pytest.raises(FieldsConflict, match="write AutoScaling, or InferenceComponents"):
        check_rules(check({**alone, "InstanceType": "ml.m5.large", "ManagedInstanceScaling": MANAGED}))


def test_the_owner_limits_managed_instances_and_the_network() -> None:
    with pytest.raises(TooManyInstances, match=r"ManagedInstanceScaling\.MaxInstanceCount is 4"):
        check_plan(planned(ManagedInstanceScaling=MANAGED), Limits(instances=3))
    with pytest.raises(VpcNotAllowed):
        check_plan(planned(VpcConfig=VPC), Limits(vpc_models=False))
