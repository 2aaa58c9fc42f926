"""Which of SageMaker's two planes answers, and in what headers."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from slipway_local.engine.services import (
    ApplicationAutoScaling,
    Response,
    SageMakerService,
    mount_scaling,
    with_awss_code,
)


class Plane:
    """A handler that answers with its name."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def __call__(self, *_: Any) -> Response:
        return 200, {"Content-Type": "application/json", "X-Plane": self._name}, self._name.encode()


def answered(path: str) -> Response:
    service = SageMakerService(Plane("control"), Plane("runtime"), lambda: None)
    return asyncio.run(service.handle_request("POST", path, {}, b"", {}))


@pytest.mark.parametrize("path", ["/", "/endpoints", "/other/endpoints/"])
def test_the_control_plane_answers_in_headers_that_ministack_corrects(path: str) -> None:
    assert answered(path) == (200, {"Content-Type": "application/json", "X-Plane": "control"}, b"control")


def test_the_runtime_answers_in_headers_that_ministack_leaves_alone() -> None:
    answer = answered("/endpoints/ep/invocations")

    assert answer == (200, {"content-type": "application/json", "x-plane": "runtime"}, b"runtime")


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
