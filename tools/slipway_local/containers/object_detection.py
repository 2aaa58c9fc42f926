"""The built-in object-detection algorithm's request and response, whatever the network.

https://docs.aws.amazon.com/sagemaker/latest/dg/object-detection-in-formats.html
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Protocol

from slipway_local.containers.contract import JSON, said, served, typed
from slipway_local.containers.http_front import Answer, Reply, Request

LOGGER = logging.getLogger(__name__)
IMAGE_TYPES = ("image/jpeg", "image/png", "application/x-image")
# What SageMaker's own algorithms say of a body that they cannot read (aws/sagemaker-spark issue 102); what exactly
# this one says is not published.
UNREADABLE = "unable to evaluate payload provided"


class NotAnImageError(Exception):
    """The body is no picture that can be decoded."""


class Network(Protocol):
    """What finds objects."""

    def detect(self, image: bytes) -> list[list[float]]:
        """Return rows of class, score, xmin, ymin, xmax, ymax; class -1 where a box was suppressed.

        Edges are relative to the picture. Raises `NotAnImageError`.
        """


class ObjectDetection:
    """A network behind the algorithm's contract."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def answer(self, request: Request) -> Reply:
        """Answer with `{"prediction": [[class, score, xmin, ymin, xmax, ymax], ...]}`, in the network's order."""
        content_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        if content_type not in IMAGE_TYPES:
            wanted = ", ".join(IMAGE_TYPES)
            return said(415, f"Content-type {content_type} not supported. Supported content-type is {wanted}")
        try:
            rows = self._network.detect(request.body)
        except NotAnImageError:
            LOGGER.warning("A body of %d bytes with content type %s is no image", len(request.body), content_type)
            return said(400, UNREADABLE)
        found = [row for row in rows if row[0] >= 0]
        return typed(json.dumps({"prediction": found}).encode(), JSON)


def start() -> tuple[Answer, Callable[[], int]]:
    """Return what serves an unpacked archive. Raises what MXNet raises for files that it cannot read."""
    network: Network = import_module("slipway_local.containers.ssd_network").SsdNetwork(
        Path(os.environ["SM_MODEL_DIR"])
    )
    return served(ObjectDetection(network).answer)
