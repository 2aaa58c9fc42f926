"""The test images through a transform job: the answers are those of the endpoint with the same model."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.digits import Digits
from demo.walkthrough import Walkthrough
from slipway.batch.plan_transform import name_stem
from slipway_cli.sdk.transform_input import transform_request
from slipway_cli.sdk.transforms import Transform, Transforms

IMAGES = 50  # in each object


class BatchDemo:
    """A transform job, which runs while the rest of the demo does."""

    def __init__(self, walkthrough: Walkthrough, digits: Digits, folder: Path, endpoint_name: str) -> None:
        self._walkthrough = walkthrough
        self._target = walkthrough.target
        self._transforms = Transforms(self._target)
        self._digits = digits
        self._folder = folder
        self._endpoint_name = endpoint_name
        self._execution = ""

    def start(self, archive: str) -> None:
        """Start the job with the model that the endpoint serves."""
        images = self._digits.test_images.tolist()
        data = self._folder / "images"
        data.mkdir()
        for number, first in enumerate(range(0, len(images), IMAGES)):
            (data / f"{number:02}.json").write_text(json.dumps({"images": images[first : first + IMAGES]}))
        given = {"Framework": "sklearn", "TransformOutput": {"Accept": "application/json"}}
        document = transform_request(given, self._folder, archive, data).uploaded(self._target)
        self._execution = self._transforms.start(document, name_stem(document), datetime.now(UTC))

    def run(self) -> None:
        """Compare the job's answers with the endpoint's. Raises `ClaimFailed`."""
        say, check = self._walkthrough.say, self._walkthrough.check
        say(f"\n== Batch: {len(self._digits.test_images)} test images were transformed meanwhile, without an endpoint")
        self._walkthrough.follow(self._execution, quietly=True)
        transform = self._transforms.read(self._execution)
        outcome = f"{transform.execution.outcome} {transform.execution.explanation or ''}".strip()
        check(outcome == "Transformed", f"the outcome is {outcome}")
        answers = self._answers(transform)
        check(
            len(answers) == transform.objects == transform.done, f"{transform.done} of {transform.objects} objects done"
        )
        check(answers == self._endpoint_answers(), "each answer is equal to the endpoint's")
        cost = transform.cost() or {}
        say(
            f"${cost['PerHour']:.3f} an hour while it runs; an endpoint costs ${cost['EndpointPerMonth']:.2f} a month "
            f"(prices: {cost['Prices']})"
        )

    def _answers(self, transform: Transform) -> list[Any]:
        files = self._transforms.download(transform, self._folder / "answers")
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]

    def _endpoint_answers(self) -> list[Any]:
        runtime, files = self._target.client("sagemaker-runtime"), sorted((self._folder / "images").iterdir())
        about = {"EndpointName": self._endpoint_name, "ContentType": "application/json", "Accept": "application/json"}
        return [json.loads(runtime.invoke_endpoint(**about, Body=one.read_bytes())["Body"].read()) for one in files]
