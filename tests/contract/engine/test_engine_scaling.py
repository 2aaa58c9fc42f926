"""Application Auto Scaling in the engine: as a plain boto3 client sees it, and as a state machine does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.engine.laptop import Laptop

SDK = "arn:aws:states:::aws-sdk:applicationautoscaling:"
INSTANCES = {"ServiceNamespace": "sagemaker", "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}
TRACKING = {
    "TargetValue": 600.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
}


def variant(name: str) -> dict[str, str]:
    return INSTANCES | {"ResourceId": f"endpoint/{name}/variant/AllTraffic"}


def call(operation: str, **arguments: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"{SDK}{operation}", "Arguments": arguments}


def targets(laptop: Laptop, name: str) -> list[dict[str, Any]]:
    resources = [variant(name)["ResourceId"]]
    found = laptop.client("application-autoscaling").describe_scalable_targets(**INSTANCES, ResourceIds=resources)
    return list(found["ScalableTargets"])


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def test_a_state_machine_registers_what_boto3_describes_and_deregisters(laptop: Laptop, role: str) -> None:
    register = call("registerScalableTarget", **variant("scaled"), MinCapacity=1, MaxCapacity=4)
    put = call(
        "putScalingPolicy",
        **variant("scaled"),
        PolicyName="slipway-scaled",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING,
    )

    done = laptop.run(role, "scales", Register=register | {"Next": "Put"}, Put=put | {"End": True})

    assert done["status"] == "SUCCEEDED", done
    (target,) = targets(laptop, "scaled")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert ":000000000000:" in target["ScalableTargetARN"]
    scaling = laptop.client("application-autoscaling")
    (policy,) = scaling.describe_scaling_policies(
        ServiceNamespace="sagemaker", ResourceId=variant("scaled")["ResourceId"]
    )["ScalingPolicies"]
    assert policy["PolicyName"] == "slipway-scaled"
    assert policy["TargetTrackingScalingPolicyConfiguration"] == TRACKING
    scaling.deregister_scalable_target(**variant("scaled"))
    assert targets(laptop, "scaled") == []


def test_what_is_not_scaled_is_not_found(laptop: Laptop) -> None:
    scaling = laptop.client("application-autoscaling")

    assert refusal(lambda: scaling.deregister_scalable_target(**variant("missing"))) == "ObjectNotFoundException"


def test_a_refusal_has_the_services_prefix_in_a_state_machine(laptop: Laptop, role: str) -> None:
    wrong = call("registerScalableTarget", **variant("x") | {"ScalableDimension": "ecs:service:DesiredCount"})
    missing = call("deregisterScalableTarget", **variant("missing"))

    refused = laptop.run(role, "refused", Register=wrong | {"End": True})
    unfound = laptop.run(role, "unfound", Deregister=missing | {"End": True})

    assert refused["error"] == "ApplicationAutoScaling.ValidationException"
    assert unfound["error"] == "ApplicationAutoScaling.ObjectNotFoundException"
