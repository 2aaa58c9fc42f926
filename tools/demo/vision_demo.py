"""Object detection: deploy a small detector with the input of the seed document, and detect vehicles on a picture.

The detector was trained on drawings of vehicles' rears (`make vehicle-rears`). It replaces the document's own model,
which is not public: it shows that the workflow and the built-in algorithm's interface work, and no more.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from demo.walkthrough import Say, Walkthrough
from slipway_cli.sdk.boxes import draw_boxes, label_of
from slipway_cli.sdk.invoke import Box, boxes_in
from slipway_local.stack.local_stack import LocalStack

PROJECT = Path(__file__).parents[2]
ARCHIVE = PROJECT / "tests" / "fixtures" / "vehicle-rears.tar.gz"
INPUT = PROJECT / "events" / "executions" / "seed_object_detection.json"
DRAWN = PROJECT / ".local" / "demo-vision.png"
PICTURE = Path(__file__).parent / "pictures" / "vehicle-rears.jpg"  # not one of those that the model was trained on
TRUTH = PICTURE.with_suffix(".json")
CLASSES = ("car", "truck")
MIN_SCORE = MIN_OVERLAP = 0.5
BAD_REQUEST = 400


class VisionDemo:
    """The detector on a running local stack. `changed` replaces fields of the input."""

    def __init__(self, stack: LocalStack, _folder: Path, say: Say, **changed: str) -> None:
        self._changed = changed
        self._walkthrough = Walkthrough(stack, say)
        self._target = self._walkthrough.target
        self._runtime = self._target.client("sagemaker-runtime")

    def run(self) -> None:
        """Deploy, detect, and send a body that is not a picture. Raises `ClaimFailed`."""
        request = json.loads(INPUT.read_text(encoding="utf-8")) | self._changed
        self._deploy(request)
        self._detect(request["EndpointName"])
        self._send_nonsense(request["EndpointName"])

    def _deploy(self, request: dict[str, Any]) -> None:
        say = self._walkthrough.say
        say(f"\n== Deploy {INPUT.name}")
        bucket, _, key = request["ModelDataUrl"].removeprefix("s3://").partition("/")
        self._target.client("s3").upload_file(str(ARCHIVE), bucket, key)
        size, uri = ARCHIVE.stat().st_size, request["ModelDataUrl"]
        say(f"uploaded {size:,} bytes, a small model trained on drawings, as {uri}")
        execution = self._walkthrough.follow(self._walkthrough.start(request))
        self._walkthrough.succeeded(execution, "Created")
        image = f"{request['Framework']}:{request['FrameworkVersion']}"
        self._walkthrough.check(execution.output["ImageUri"].endswith(image), f"the image is {image}")

    def _detect(self, endpoint: str) -> None:
        say = self._walkthrough.say
        say("\n== Detect vehicles on a drawing that was not used in training")
        picture = PICTURE.read_bytes()
        found = boxes_in(json.loads(self._invoke(endpoint, picture)["Body"].read())) or []
        found = [box for box in found if box.score >= MIN_SCORE]
        truth = [Box(row[0], 1.0, *row[1:]) for row in json.loads(TRUTH.read_text(encoding="utf-8"))]
        say("           left    top  right bottom")
        for box in truth:
            say(f"truth      {_edges(box)}   {CLASSES[box.kind]}")
        for box in found:
            say(f"detected   {_edges(box)}   {label_of(box, CLASSES)}")
        right = sum(any(_matches(box, other) for box in found) for other in truth)
        claim = f"{right} of {len(truth)} vehicles are among the {len(found)} detections, at IoU {MIN_OVERLAP}"
        self._walkthrough.check(right == len(truth) == len(found), claim)
        DRAWN.parent.mkdir(exist_ok=True)
        DRAWN.write_bytes(draw_boxes(picture, found, names=CLASSES, truth=truth))
        say(f"drawn into {DRAWN.relative_to(PROJECT)}; white frames are the truth")

    def _send_nonsense(self, endpoint: str) -> None:
        self._walkthrough.say("\n== Send a body that is not a picture")
        try:
            self._invoke(endpoint, b"this is text")
        except self._runtime.exceptions.ModelError as refusal:
            status, message = refusal.response["OriginalStatusCode"], refusal.response["OriginalMessage"]
            self._walkthrough.check(status == BAD_REQUEST, f"ModelError {status}: {message}")
        else:
            self._walkthrough.check(False, "it was refused")

    def _invoke(self, endpoint: str, body: bytes) -> Any:
        return self._runtime.invoke_endpoint(EndpointName=endpoint, ContentType="image/jpeg", Body=body)


def _matches(found: Box, truth: Box) -> bool:
    """Return whether a detection has the vehicle's class and overlaps it enough (intersection over union)."""
    wide = min(found.right, truth.right) - max(found.left, truth.left)
    high = min(found.bottom, truth.bottom) - max(found.top, truth.top)
    both = max(0.0, wide) * max(0.0, high)
    return found.kind == truth.kind and both >= MIN_OVERLAP * (_area(found) + _area(truth) - both)


def _area(box: Box) -> float:
    return (box.right - box.left) * (box.bottom - box.top)


def _edges(box: Box) -> str:
    return " ".join(f"{edge:6.3f}" for edge in (box.left, box.top, box.right, box.bottom))
