"""Application Auto Scaling of the engine: moto's, with what AWS documents of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from slipway_local.engine.application_autoscaling import ApplicationAutoScaling, mount_scaling, with_awss_code
from slipway_local.engine.services import Response
from slipway_local.runtime.auto_scaling import Bounds

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/AllTraffic",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
SIGNED = "AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/application-autoscaling/aws4_request"


def ask(service: ApplicationAutoScaling, operation: str, **request: Any) -> tuple[int, dict[str, Any]]:
    headers = {"x-amz-target": f"AnyScaleFrontendService.{operation}", "authorization": SIGNED}
    body = json.dumps(request).encode()
    status, _, answer = asyncio.run(service.handle_request("POST", "/", headers, body, {}))
    return status, json.loads(answer)


def test_a_registered_target_is_described_until_a_reset() -> None:
    service = ApplicationAutoScaling()
    assert ask(service, "RegisterScalableTarget", **TARGET, MinCapacity=1, MaxCapacity=2)[0] == 200
    assert ask(service, "DescribeScalableTargets", ServiceNamespace="sagemaker")[1]["ScalableTargets"]

    service.reset()

    assert ask(service, "DescribeScalableTargets", ServiceNamespace="sagemaker")[1]["ScalableTargets"] == []


def test_an_unused_service_is_reset_without_loading_it() -> None:
    ApplicationAutoScaling().reset()


def test_a_missing_target_has_awss_error_code() -> None:
    status, answer = ask(ApplicationAutoScaling(), "DeregisterScalableTarget", **TARGET)

    assert (status, answer["__type"]) == (400, "ObjectNotFoundException")
    assert answer["message"].startswith("No scalable target found for service namespace: sagemaker")


def test_any_other_answer_stays_as_it_is() -> None:
    refused: Response = (400, {}, b'{"__type": "ValidationException", "message": "MinCapacity is too large."}')
    broken: Response = (500, {}, b"not JSON")

    assert with_awss_code(refused) is refused
    assert with_awss_code(broken) is broken


def test_scaling_is_routed_by_target_and_callable_by_step_functions() -> None:
    app = SimpleNamespace(SERVICE_REGISTRY={}, SERVICE_HANDLERS={}, _loaded_modules={})
    router = SimpleNamespace(SERVICE_PATTERNS={})
    names: dict[str, dict[str, Any]] = {}
    stepfunctions = SimpleNamespace(
        _AWS_SDK_SERVICE_MAP=names, _AWS_SDK_ERROR_PREFIX={}, _AWS_SDK_ERROR_CODE_OVERRIDES={}
    )

    mount_scaling(ApplicationAutoScaling(), app, router, stepfunctions)

    assert router.SERVICE_PATTERNS["application-autoscaling"]["target_prefixes"] == ["AnyScaleFrontendService."]
    assert names["applicationautoscaling"]["service_key"] in app.SERVICE_HANDLERS
    assert stepfunctions._AWS_SDK_ERROR_PREFIX == {"applicationautoscaling": "ApplicationAutoScaling"}
    throttled = stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES["applicationautoscaling"]["ThrottlingException"]
    assert throttled == "ApplicationAutoScalingException"


ACTION = {"ScheduledActionName": "night", "Schedule": "cron(0 18 ? * * *)", "ScalableTargetAction": {"MaxCapacity": 1}}
POLICY = {
    "PolicyName": "tracking",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 5.0},
}


@pytest.fixture
def used() -> Iterator[ApplicationAutoScaling]:
    service = ApplicationAutoScaling()
    yield service
    service.reset()


@pytest.mark.parametrize(("operation", "fields"), [("PutScalingPolicy", POLICY), ("PutScheduledAction", ACTION)])
def test_what_is_put_needs_a_target(used: ApplicationAutoScaling, operation: str, fields: dict[str, Any]) -> None:
    """API PutScalingPolicy and PutScheduledAction: ObjectNotFoundException."""
    status, answer = ask(used, operation, **TARGET, **fields)

    assert (status, answer["__type"]) == (400, "ObjectNotFoundException")


def test_a_target_takes_its_policies_and_scheduled_actions_along(used: ApplicationAutoScaling) -> None:
    """API DeregisterScalableTarget: it "deletes the scaling policies that are associated with it"."""
    ask(used, "RegisterScalableTarget", **TARGET, MinCapacity=1, MaxCapacity=2)
    ask(used, "PutScalingPolicy", **TARGET, **POLICY)
    ask(used, "PutScheduledAction", **TARGET, **ACTION)
    (target,) = used.targets()
    assert ([one.kind for one in target.policies], [one.name for one in target.actions]) == (
        ["TargetTrackingScaling"],
        ["night"],
    )

    ask(used, "DeregisterScalableTarget", **TARGET)
    ask(used, "RegisterScalableTarget", **TARGET, MinCapacity=1, MaxCapacity=2)

    (target,) = used.targets()
    assert (target.policies, target.actions) == ((), ())


def test_a_scheduled_action_changes_the_bounds(used: ApplicationAutoScaling) -> None:
    ask(used, "RegisterScalableTarget", **TARGET, MinCapacity=1, MaxCapacity=4)

    used.set_bounds(TARGET["ResourceId"], Bounds(0, 1))

    (target,) = ask(used, "DescribeScalableTargets", ServiceNamespace="sagemaker")[1]["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 1)
