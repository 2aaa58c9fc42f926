"""What a deployment does about the scaling of its endpoint."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.deployment.plan import AutoScaling
from slipway.errors import AccessDenied, FieldsConflict
from slipway.hosting.scaling import (
    KEEPS_SIZE,
    backlog_alarm_name,
    check_scaling_of,
    current_scaling,
    end_scaling,
    hosted_by_config,
    hosted_by_plan,
    resource_id,
)
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.scaling import FakeScaling
from tests.unit.deployments import Deployment
from tests.unit.execution import plan_of

TWO = [{"VariantName": "Blue"}, {"VariantName": "Green"}]
BOUNDS = {"MinCapacity": 2, "MaxCapacity": 6, "TargetInvocationsPerInstance": 600}


@pytest.fixture
def scaling() -> FakeScaling:
    return FakeScaling()


def endpoint(*variants: dict[str, Any]) -> dict[str, Any]:
    return {"EndpointName": "digits", "ProductionVariants": list(variants)}


def test_a_variant_is_called_as_application_auto_scaling_calls_it() -> None:
    assert resource_id("digits") == "endpoint/digits/variant/AllTraffic"
    assert resource_id("digits", "Blue") == "endpoint/digits/variant/Blue"


@pytest.mark.parametrize(
    ("scaled", "fields", "kept"),
    [
        (("digits", "Green"), {}, KEEPS_SIZE),
        (("letters",), {}, {}),
        (("letters",), {"KeepInstanceCount": True}, KEEPS_SIZE),
        (("digits", "Green"), {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}, {}),
    ],
    ids=["a scaled variant", "no scaled variant", "asked for", "serverless"],
)
def test_an_update_keeps_the_size_of_what_is_scaled_and_where_it_is_asked_for(
    scaling: FakeScaling, scaled: tuple[str, ...], fields: dict[str, Any], kept: dict[str, Any]
) -> None:
    scaling.targets.add(resource_id(*scaled))
    plan = plan_of(**fields)

    assert current_scaling(endpoint(*TWO), {}, scaling).size_kept(plan, hosted_by_plan(plan)) == kept


def test_the_scaling_of_every_variant_ends(scaling: FakeScaling) -> None:
    scaling.targets |= {resource_id("digits", "Green"), resource_id("letters")}

    end_scaling(endpoint(*TWO), scaling)

    assert scaling.targets == {resource_id("letters")}


def test_an_endpoint_that_shows_no_variants_has_the_one_that_deployments_make(scaling: FakeScaling) -> None:
    scaling.targets.add(resource_id("digits"))

    end_scaling({"EndpointName": "digits"}, scaling)

    assert scaling.targets == set()


def test_an_update_asks_for_the_size_to_be_kept(sagemaker: FakeSageMaker) -> None:
    Deployment(sagemaker, "first", AutoScaling=BOUNDS).deploy()
    sagemaker.scaling.targets.add(resource_id("digits"))

    Deployment(sagemaker, "second", etag="two", minutes=1).deploy()

    assert sagemaker.updates[-1].items() >= KEEPS_SIZE.items()


def test_scaling_is_lost_by_an_endpoint_that_serves_and_not_by_one_that_is_created(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, AutoScaling=BOUNDS)
    deployment.endpoint()

    # What a retry finds: a failed deployment would set this scaling up again.
    assert "EndedScaling" not in deployment.endpoint()

    sagemaker.settle()
    assert "EndedScaling" in deployment.endpoint()


def test_a_removal_ends_the_scaling_before_the_endpoint(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, AutoScaling=BOUNDS)
    deployment.endpoint()
    sagemaker.settle()
    sagemaker.scaling.targets.add(resource_id("digits"))
    sagemaker.scaling.faults.fail("deregister", AccessDenied("Not you."))

    with pytest.raises(AccessDenied):
        deployment.remove()

    assert sagemaker.names("endpoint") == ["digits"]
    assert "delete_endpoint" not in sagemaker.calls


def test_a_scaled_deployment_begins_with_its_least_size() -> None:
    assert plan_of(AutoScaling=BOUNDS)["Variant"]["InitialInstanceCount"] == 2
    assert plan_of(AutoScaling=BOUNDS, InitialInstanceCount=3)["Variant"]["InitialInstanceCount"] == 3


INVOCATIONS, BACKLOG = (
    AutoScaling(MinCapacity=2, MaxCapacity=6, TargetInvocationsPerInstance=600),
    AutoScaling(MinCapacity=0, MaxCapacity=6, TargetBacklogPerInstance=5),
)
SERVERLESS_VARIANT = {"ProductionVariants": [{"VariantName": "Blue", "ServerlessConfig": {}}]}
ASYNCHRONOUS = {"ProductionVariants": TWO[:1], "AsyncInferenceConfig": {}}


@pytest.mark.parametrize(
    ("config", "scaling", "what"),
    [
        (SERVERLESS_VARIANT, INVOCATIONS, "no variant on instances"),
        (ASYNCHRONOUS, INVOCATIONS, "an asynchronous variant"),
        ({"ProductionVariants": TWO}, BACKLOG, "a variant that answers at once"),
    ],
)
def test_a_configuration_that_cannot_be_scaled_is_only_refused_where_it_is_to_be(
    config: dict[str, Any], scaling: AutoScaling, what: str
) -> None:
    plan = plan_of()
    plan["EndpointConfigName"] = "digits-0f1e2d3c4b5a"

    check_scaling_of(plan, hosted_by_config(config))
    plan["AutoScaling"] = scaling
    with pytest.raises(FieldsConflict, match=f"which has {what}, and AutoScaling does not fit"):
        check_scaling_of(plan, hosted_by_config(config))


def test_scaling_that_names_no_variant_is_that_of_each_but_of_shadows() -> None:
    hosted = hosted_by_config({"ProductionVariants": TWO, "ShadowProductionVariants": [{"VariantName": "Grey"}]})

    assert hosted.scaling({"": INVOCATIONS}) == {"Blue": INVOCATIONS, "Green": INVOCATIONS}
    assert hosted.scaling({"Grey": INVOCATIONS, "Red": INVOCATIONS}) == {"Grey": INVOCATIONS}


def test_what_a_plan_hosts_can_be_scaled_by_what_it_publishes() -> None:
    output = {"OutputConfig": {"S3OutputPath": "s3://answers/"}}

    assert hosted_by_plan(plan_of(AsyncInferenceConfig=output)).scaling({"": BACKLOG}) == {"AllTraffic": BACKLOG}
    assert hosted_by_plan(plan_of()).scaling({"": BACKLOG}) == {}


def test_the_alarm_that_wakes_an_asynchronous_endpoint_goes_with_its_scaling(scaling: FakeScaling) -> None:
    name = backlog_alarm_name("digits", "Blue")
    scaling.alarms |= {name: {}, "another": {}}

    end_scaling({**endpoint(TWO[0]), "AsyncInferenceConfig": {}}, scaling)

    assert set(scaling.alarms) == {"another"}
