"""The matrix of kinds of hosting: which update is carried out, and which is refused before the archive is copied."""

from __future__ import annotations

from typing import Any, cast

import pytest

from slipway.deployment.plan import Plan
from slipway.errors import DeploymentConfigInvalid, HostingCannotChange
from slipway.preflight.check_transition import check_transition
from tests.fakes.account import FakeAlarms
from tests.fakes.sagemaker import FakeSageMaker
from tests.unit.execution import plan_of

NAME = "digits"
HOSTING: dict[str, dict[str, Any]] = {
    "instances": {"InstanceType": "ml.m5.large"},
    "pools": {"InstancePools": [{"InstanceType": "ml.m5.large", "Priority": 1}]},
    "serverless": {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}},
    "asynchronous": {
        "InstanceType": "ml.m5.large",
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out/"}},
    },
}
# AWS's documentation, by row to column (see slipway.deployment.hosting_kind): what it does not describe is refused.
ALLOWED = {
    ("instances", "instances"), ("instances", "pools"), ("pools", "instances"), ("pools", "pools"),
    ("serverless", "instances"), ("serverless", "pools"), ("serverless", "serverless"),
    ("asynchronous", "asynchronous"),
}  # fmt: skip


def plan(hosting: str) -> Plan:
    return plan_of(EndpointName=NAME, **HOSTING[hosting])


def config_of(hosting: str) -> dict[str, Any]:
    wanted = plan(hosting)
    return {
        "ProductionVariants": [{"VariantName": "AllTraffic", "ModelName": "model", **wanted["Variant"]}],
        **wanted["EndpointConfig"],
    }


@pytest.fixture
def sagemaker() -> FakeSageMaker:
    return FakeSageMaker()


def given(sagemaker: FakeSageMaker, hosting: str) -> None:
    sagemaker.create_model({"ModelName": "model"}, [])
    sagemaker.create_endpoint_config({"EndpointConfigName": "current", **config_of(hosting)}, [])
    sagemaker.create_endpoint({"EndpointName": NAME, "EndpointConfigName": "current"}, [])
    sagemaker.settle()


@pytest.mark.parametrize("wanted", HOSTING)
@pytest.mark.parametrize("current", HOSTING)
def test_a_change_of_hosting_is_carried_out_or_refused_as_documented(
    sagemaker: FakeSageMaker, current: str, wanted: str
) -> None:
    given(sagemaker, current)

    if (current, wanted) in ALLOWED:
        assert check_transition(plan(wanted), sagemaker, FakeAlarms()) == []
    else:
        with pytest.raises(HostingCannotChange, match="deploy under another EndpointName"):
            check_transition(plan(wanted), sagemaker, FakeAlarms())


def test_traffic_shifts_in_steps_between_variants_of_the_same_names_only(sagemaker: FakeSageMaker) -> None:
    given(sagemaker, "instances")
    variants = [{"VariantName": name, "InstanceType": "ml.m5.large"} for name in ("blue", "green")]
    wanted = plan_of(EndpointName=NAME, ProductionVariants=variants)
    in_steps = {**wanted, "DeploymentConfig": {"BlueGreenUpdatePolicy": {}}}

    assert check_transition(wanted, sagemaker, FakeAlarms()) == []
    with pytest.raises(DeploymentConfigInvalid, match="has the variants AllTraffic, and the deployment blue, green"):
        check_transition(cast("Plan", in_steps), sagemaker, FakeAlarms())


def test_a_new_endpoint_and_a_failed_one_may_have_any_hosting_and_alarms(sagemaker: FakeSageMaker) -> None:
    wanted = {**plan("serverless"), "DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "a"}]}}}
    check_transition(cast("Plan", wanted), sagemaker, FakeAlarms())

    sagemaker.fail_next("out of memory")
    given(sagemaker, "asynchronous")
    check_transition(cast("Plan", wanted), sagemaker, FakeAlarms())


@pytest.mark.parametrize("wanted", HOSTING)
def test_an_endpoint_with_inference_components_is_not_updated(sagemaker: FakeSageMaker, wanted: str) -> None:
    """API reference, ProductionVariant.ModelName: such a variant has none. No source describes the way from there."""
    given(sagemaker, "instances")
    (variant,) = sagemaker.describe_endpoint_config("current")["ProductionVariants"]
    del variant["ModelName"]
    described = {**sagemaker.describe_endpoint_config("current"), "ProductionVariants": [variant]}
    sagemaker.describe_endpoint_config = lambda name: described  # type: ignore[method-assign]

    with pytest.raises(HostingCannotChange, match="an endpoint with inference components"):
        check_transition(plan(wanted), sagemaker, FakeAlarms())
