"""The seed's own example to the end: an object-detection archive, a picture, and boxes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slipway_cli.sdk.boxes import draw_boxes, label_of
from slipway_cli.sdk.invoke import Box, boxes_in
from slipway_demo.telling import Say, Telling
from slipway_local.stack.local_stack import LocalStack
from vehicle_rears.pictures import Picture, picture
from vehicle_rears.scoring import LEAST_SCORE, score
from vehicle_rears.vehicles import CLASSES

PROJECT = Path(__file__).parents[2]
ARCHIVE = PROJECT / "tests" / "fixtures" / "vehicle-rears.tar.gz"
INPUT = PROJECT / "events" / "executions" / "seed_object_detection.json"
DRAWN = PROJECT / ".local" / "demo-vision.png"
HELD_OUT = 100_015  # none of the pictures that the model was trained on has such a number


class VisionStory:
    """The vehicle-rear detector on a running local stack, deployed with the seed's own input.

    `changed` are fields of that input that shall be others, where the stack has other deployments.
    """

    def __init__(self, stack: LocalStack, folder: Path, say: Say, **changed: str) -> None:
        self._changed = changed
        self._folder = folder
        self._stack = stack.description
        self._s3 = stack.client("s3")
        self._stepfunctions = stack.client("stepfunctions")
        self._runtime = stack.client("sagemaker-runtime")
        self._telling = Telling(say, self._stepfunctions)
        self._say = say

    def tell(self) -> None:
        """Deploy, look at a picture, and send what is none. Raises `ClaimFailed`."""
        request = json.loads(INPUT.read_text(encoding="utf-8")) | self._changed
        self._deploy(request)
        self._detect(request["EndpointName"], picture(HELD_OUT))
        self._send_nonsense(request["EndpointName"])

    def _deploy(self, request: dict[str, Any]) -> None:
        self._say(f"\n== Deploy {INPUT.name}")
        bucket, _, key = request["ModelDataUrl"].removeprefix("s3://").partition("/")
        self._s3.upload_file(str(ARCHIVE), bucket, key)
        self._say(f"uploaded {ARCHIVE.stat().st_size:,} bytes to {request['ModelDataUrl']}")
        started = self._stepfunctions.start_execution(
            stateMachineArn=self._stack.state_machine_arn, input=json.dumps(request)
        )
        end = self._telling.follow(started["executionArn"])
        self._telling.succeeded(end, "Created")
        image = f"{request['Framework']}:{request['FrameworkVersion']}"
        self._telling.check(end.output["ImageUri"].endswith(image), f"the image is {image}")

    def _detect(self, endpoint: str, seen: Picture) -> None:
        self._say(f"\n== Detect: picture {HELD_OUT}, which the model has not seen")
        document = json.loads(self._invoke(endpoint, seen.jpeg)["Body"].read())
        rows = [row for row in document["prediction"] if row[1] >= LEAST_SCORE]
        found = boxes_in({"prediction": rows}) or []
        truth = [Box(there.kind, 1.0, there.left, there.top, there.right, there.bottom) for there in seen.vehicles]
        self._say("           left    top  right bottom")
        for box in truth:
            self._say(f"there      {_edges(box)}   {CLASSES[box.kind]}")
        for box in found:
            self._say(f"detected   {_edges(box)}   {label_of(box, CLASSES)}")
        result = score([(seen.vehicles, rows)])
        self._telling.check(result.right == len(truth) == len(found), f"at IoU 0.5: {result}")
        DRAWN.parent.mkdir(exist_ok=True)
        DRAWN.write_bytes(draw_boxes(seen.jpeg, found, names=CLASSES, truth=truth))
        self._say(f"drawn into {DRAWN.relative_to(PROJECT)}; white frames are what is there")

    def _send_nonsense(self, endpoint: str) -> None:
        self._say("\n== Send what is no picture")
        try:
            self._invoke(endpoint, b"a picture in a thousand words")
        except self._runtime.exceptions.ModelError as refusal:
            status, message = refusal.response["OriginalStatusCode"], refusal.response["OriginalMessage"]
            self._telling.check(status == 400, f"ModelError {status}: {message}")  # noqa: PLR2004 - HTTP's own number
        else:
            self._telling.check(False, "it was refused")

    def _invoke(self, endpoint: str, body: bytes) -> Any:
        return self._runtime.invoke_endpoint(EndpointName=endpoint, ContentType="image/jpeg", Body=body)


def _edges(box: Box) -> str:
    return " ".join(f"{edge:6.3f}" for edge in (box.left, box.top, box.right, box.bottom))
