"""The built-in object-detection algorithm's request and response, whatever the network.

https://docs.aws.amazon.com/sagemaker/latest/dg/object-detection-in-formats.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from slipway_local.containers.contract import JSON, said, typed
from slipway_local.containers.http_front import Reply, Request

LOGGER = logging.getLogger(__name__)
IMAGE_TYPES = ("image/jpeg", "image/png", "application/x-image")
# What SageMaker's own algorithms say of a body that they cannot read (aws/sagemaker-spark issue 102); what exactly
# this one says is not published.
UNREADABLE = "unable to evaluate payload provided"


class NotAnImageError(Exception):
    """The body is no picture that can be decoded."""


def answer(detect: Callable[[bytes], list[list[float]]], request: Request) -> Reply:
    """Answer with `{"prediction": [[class, score, xmin, ymin, xmax, ymax], ...]}`, in the network's order.

    `detect` returns such rows of a picture, with class -1 where a box was suppressed and edges relative to the picture,
    or raises `NotAnImageError`.
    """
    content_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if content_type not in IMAGE_TYPES:
        wanted = ", ".join(IMAGE_TYPES)
        return said(415, f"Content-type {content_type} not supported. Supported content-type is {wanted}")
    try:
        rows = detect(request.body)
    except NotAnImageError:
        LOGGER.warning("A body of %d bytes with content type %s is no image", len(request.body), content_type)
        return said(400, UNREADABLE)
    found = [row for row in rows if row[0] >= 0]
    return typed(json.dumps({"prediction": found}).encode(), JSON)
