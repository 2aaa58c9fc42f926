"""What the demo does, step by step. Each step checks what it claims, and the demo fails when a check does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from slipway_demo import digits
from slipway_demo.executions import Ending, started_by_upload
from slipway_demo.idle_chapter import IdleChapter
from slipway_demo.telling import Say, Telling
from slipway_local.stack.local_stack import LocalStack

ENDPOINT_NAME = "digits"
SAMPLES = 10


class Story:
    """The demo on a running local stack."""

    def __init__(self, stack: LocalStack, folder: Path, say: Say) -> None:
        self._folder = folder
        self._say = say
        self._stack = stack.description
        self._s3 = stack.client("s3")
        self._stepfunctions = stack.client("stepfunctions")
        self._telling = Telling(say, self._stepfunctions)
        self._sagemaker = stack.client("sagemaker")
        self._runtime = stack.client("sagemaker-runtime")
        self._digits = digits.load()
        self._idle = IdleChapter(stack, self._telling, ENDPOINT_NAME)

    def tell(self) -> None:
        """Deploy, update, fail, and leave an endpoint alone. Raises `ClaimFailed`."""
        first = self._deploy_version(1, "Created")
        self._idle.begin(f"s3://{self._stack.model_bucket}/models/{ENDPOINT_NAME}/digits-v1.tar.gz")
        second = self._deploy_version(2, "Updated")
        self._telling.check(first == second, "the endpoint was updated, not created again")
        self._break_it()
        self._idle.tell()

    def _deploy_version(self, version: int, outcome: str) -> Any:
        self._say(f"\n== Version {version}: train, upload, follow, invoke")
        classifier, accuracy = digits.train(self._digits, version)
        self._say(f"trained on {len(self._digits.train_images)} images, {accuracy:.1%} right on those held out")
        end = self._upload(digits.pack(classifier, version, self._folder))
        self._telling.succeeded(end, outcome)
        self._invoke(version)
        return self._sagemaker.describe_endpoint(EndpointName=ENDPOINT_NAME)["CreationTime"]

    def _break_it(self) -> None:
        self._say("\n== A broken archive: its code imports a module that is not there")
        end = self._upload(digits.pack_broken(self._folder))
        self._telling.check(end.status == "FAILED", "the execution failed")
        self._say(f"Error    {end.error}\nMessage  {end.explanation['Message']}\nHint     {end.explanation['Hint']}")
        for line in end.explanation["LogTail"]:
            self._say(f"Log      {line}")
        self._say(f"Removed  {', '.join(end.explanation['Resources']['Removed'])}")
        self._telling.check(end.error == "ContainerImportError", "the failure is named")
        tail = "\n".join(end.explanation["LogTail"])
        self._telling.check("torch_that_nobody_installed" in tail, "the container's own words are shown")
        self._say("The endpoint still serves version 2:")
        self._invoke(2)

    def _upload(self, archive: Path) -> Ending:
        key = f"models/{ENDPOINT_NAME}/{archive.name}"
        self._s3.upload_file(str(archive), self._stack.model_bucket, key)
        etag = self._s3.head_object(Bucket=self._stack.model_bucket, Key=key)["ETag"].strip('"')
        self._say(f"uploaded {archive.stat().st_size:,} bytes to s3://{self._stack.model_bucket}/{key}")
        arn = started_by_upload(self._stepfunctions, self._stack.state_machine_arn, etag)
        return self._telling.follow(arn)

    def _invoke(self, version: int) -> None:
        images = self._digits.test_images[:SAMPLES].tolist()
        truth = self._digits.test_labels[:SAMPLES].tolist()
        answer = self._runtime.invoke_endpoint(
            EndpointName=ENDPOINT_NAME, ContentType="application/json", Body=json.dumps({"images": images})
        )
        prediction = json.loads(answer["Body"].read())
        self._say(f"predicted {' '.join(map(str, prediction['digits']))}\ntruth     {' '.join(map(str, truth))}")
        right = sum(guess == label for guess, label in zip(prediction["digits"], truth, strict=True))
        self._telling.check(right >= SAMPLES * 0.8, f"{right} of {SAMPLES} are right")
        self._telling.check(prediction["version"] == version, f"version {version} answered")
