"""A backend of moto's, mounted as MiniStack mounts a service: an unmodified client is answered."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from ministack.core import router

from slipway_local.engine.services import MotoService, mount_service

NAME, TARGET = "application-autoscaling", "AnyScaleFrontendService."


class Raw:
    """An answer as botocore wants it of its HTTP client."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Any:
        yield self._content


@pytest.fixture(scope="module")
def service() -> MotoService:
    return MotoService("applicationautoscaling")


@pytest.fixture
def client(service: MotoService, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = SimpleNamespace(SERVICE_REGISTRY={}, SERVICE_HANDLERS={}, _loaded_modules={})
    monkeypatch.setattr(router, "SERVICE_PATTERNS", dict(router.SERVICE_PATTERNS))
    mount_service(NAME, TARGET, service, app, router)
    made = boto3.client(NAME, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")

    def answer(request: Any, **_: Any) -> AWSResponse:
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        found = router.detect_service(request.method, "/", headers, {})
        reply = app.SERVICE_HANDLERS[found](request.method, "/", headers, request.body, {})
        status, answered, content = asyncio.run(reply)
        return AWSResponse(request.url, status, answered, Raw(content))

    made.meta.events.register_first(f"before-send.{NAME}.*", answer)
    return made


def target(variant: str) -> dict[str, Any]:
    dimension = "sagemaker:variant:DesiredInstanceCount"
    return {"ServiceNamespace": "sagemaker", "ResourceId": variant, "ScalableDimension": dimension}


def test_a_client_is_answered_and_a_reset_forgets(service: MotoService, client: Any) -> None:
    client.register_scalable_target(**target("endpoint/e/variant/AllTraffic"), MinCapacity=1, MaxCapacity=2)

    found = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [(one["ResourceId"], one["MaxCapacity"]) for one in found] == [("endpoint/e/variant/AllTraffic", 2)]

    service.reset()
    assert client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []


def test_its_errors_arrive_as_errors(client: Any) -> None:
    with pytest.raises(client.exceptions.ValidationException, match="No scalable target found"):
        client.deregister_scalable_target(**target("endpoint/nothing/variant/AllTraffic"))


def test_a_backend_that_was_never_asked_is_not_imported_by_a_reset() -> None:
    MotoService("nothing that exists").reset()
