"""Which of SageMaker's two planes answers, and in what headers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from slipway_local.engine.services import Response, SageMakerService


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
