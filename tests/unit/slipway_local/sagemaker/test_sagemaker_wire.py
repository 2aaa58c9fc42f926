"""AWS JSON 1.1 around the calls."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest
from tests.unit.slipway_local.sagemaker.world import World

from slipway_local.sagemaker import Fault, Wire


def send(world: World, target: str | None, body: bytes = b"{}") -> tuple[int, dict[str, str], Any]:
    headers = {} if target is None else {"x-AMZ-target": target}
    wire = Wire(world.sagemaker)
    status, answered, raw = asyncio.run(wire.handle_request("POST", "/", headers, body, {}))
    return status, answered, json.loads(raw)


def test_an_answer_has_the_type_and_an_id_of_its_own(world: World) -> None:
    status, headers, body = send(world, "SageMaker.ListModels")
    assert (status, body) == (200, {"Models": []})
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    first = uuid.UUID(headers["x-amzn-requestid"])
    assert uuid.UUID(send(world, "SageMaker.ListModels")[1]["x-amzn-requestid"]) != first


def test_an_empty_body_is_an_empty_request(world: World) -> None:
    assert send(world, "SageMaker.ListModels", b"")[0] == 200


def test_a_refusal_has_awss_shape(world: World) -> None:
    status, _, body = send(world, "SageMaker.DescribeModel", b'{"ModelName": "m"}')
    assert status == 400
    assert body["__type"] == "ValidationException"
    assert body["message"].startswith("Could not find model")


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'"x"'])
def test_a_body_that_is_no_json_object_is_a_serialization_exception(world: World, body: bytes) -> None:
    status, _, answer = send(world, "SageMaker.ListModels", body)
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("target", [None, "", "ListModels", "DynamoDB_20120810.ListTables", "SageMaker.Nap"])
def test_an_unknown_operation_is_named(world: World, target: str | None) -> None:
    status, _, answer = send(world, target)
    assert (status, answer["__type"]) == (400 if target == "SageMaker.Nap" else 404, "UnknownOperationException")
    assert f'"{(target or "").removeprefix("SageMaker.")}"' in answer["message"]


def test_a_bug_is_an_internal_failure_with_its_text_and_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def broken(s3_uri: str) -> int:
        raise RuntimeError("S3 fell over")

    world.objects.head = broken  # type: ignore[method-assign]
    request = {"ModelName": "m", "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://b/k"}}
    status, _, answer = send(world, "SageMaker.CreateModel", json.dumps(request).encode())
    assert (status, answer["__type"], answer["message"]) == (500, "InternalFailure", "RuntimeError: S3 fell over")
    assert "S3 fell over" in caplog.text


IMAGE = "685385470294.dkr.ecr.eu-west-1.amazonaws.com/object-detection:1"


def test_a_dropped_connection_promises_more_than_it_sends(world: World) -> None:
    world.sagemaker.faults.order(Fault("ResponseLost", how="ConnectionDropped"))
    wire = Wire(world.sagemaker)
    target = {"X-Amz-Target": "SageMaker.ListModels"}
    status, headers, body = asyncio.run(wire.handle_request("POST", "/", target, b"{}", {}))
    assert status == 200
    assert int(headers["Content-Length"]) > len(body)


def test_the_event_loop_is_free_while_a_call_blocks(world: World) -> None:
    async def two_at_once() -> list[int]:
        wire = Wire(world.sagemaker)
        entered = asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(role_arn: str) -> bool:
            loop.call_soon_threadsafe(entered.set)
            return asyncio.run_coroutine_threadsafe(released.wait(), loop).result(10)

        released = asyncio.Event()
        world.roles.can_be_assumed = slow  # type: ignore[method-assign]
        role = "arn:aws:iam::111122223333:role/hosting"
        request = {"ModelName": "m", "PrimaryContainer": {"Image": IMAGE}, "ExecutionRoleArn": role}
        create = asyncio.create_task(
            wire.handle_request(
                "POST", "/", {"X-Amz-Target": "SageMaker.CreateModel"}, json.dumps(request).encode(), {}
            )
        )
        await asyncio.wait_for(entered.wait(), 10)
        listed = await wire.handle_request("POST", "/", {"X-Amz-Target": "SageMaker.ListModels"}, b"{}", {})
        released.set()
        return [listed[0], (await create)[0]]

    assert asyncio.run(two_at_once()) == [200, 200]
