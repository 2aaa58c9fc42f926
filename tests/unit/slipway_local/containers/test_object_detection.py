from __future__ import annotations

import json

import pytest

from slipway_local.containers import object_detection
from slipway_local.containers.http_front import Reply, Request
from slipway_local.containers.object_detection import NotAnImageError

# As MultiBoxDetection leaves them: by score, with -1 in the place of what was suppressed.
CAR = [0.0, 0.98, 0.1, 0.2, 0.3, 0.4]
SUPPRESSED = [-1.0, 0.97, 0.1, 0.2, 0.31, 0.4]
TRUCK = [1.0, 0.55, 0.5, 0.2, 0.9, 0.8]


def answer(body: bytes = b"\xff\xd8...", content_type: str = "image/jpeg", *rows: list[float]) -> Reply:
    def detect(image: bytes) -> list[list[float]]:
        if not image.startswith(b"\xff\xd8"):
            raise NotAnImageError
        return list(rows)

    request = Request("POST", "/invocations", body, [("Content-Type", content_type)])
    return object_detection.answer(detect, request)


def test_the_answer_is_the_rows_in_the_networks_own_order_without_those_that_were_suppressed() -> None:
    reply = answer(b"\xff\xd8", "image/jpeg", CAR, SUPPRESSED, TRUCK)

    assert (reply.status, reply.headers) == (200, [("Content-Type", "application/json")])
    assert json.loads(reply.body) == {"prediction": [CAR, TRUCK]}


def test_nothing_found_is_an_empty_list() -> None:
    assert json.loads(answer(b"\xff\xd8", "image/jpeg", SUPPRESSED).body) == {"prediction": []}


@pytest.mark.parametrize("content_type", ["image/jpeg", "image/png", "application/x-image", "IMAGE/JPEG; q=1"])
def test_pictures_are_taken_under_each_of_their_names(content_type: str) -> None:
    assert answer(content_type=content_type).status == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "image/gif", ""])
def test_another_content_type_is_refused_with_those_that_are_not(content_type: str) -> None:
    reply = answer(content_type=content_type)

    assert reply.status == 415
    assert reply.body.decode() == (
        f"Content-type {content_type} not supported. Supported content-type is "
        "image/jpeg, image/png, application/x-image"
    )


@pytest.mark.parametrize("body", [b"", b"a picture in a thousand words"])
def test_a_body_that_is_no_image_is_the_clients_fault(body: bytes) -> None:
    reply = answer(body)

    assert (reply.status, reply.body) == (400, b"unable to evaluate payload provided")
