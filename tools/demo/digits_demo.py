"""Deploy a model of handwritten digits, update it, and break it. Each step checks what it claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from demo import digits
from demo.batch_demo import BatchDemo
from demo.idle_demo import IdleDemo
from demo.walkthrough import Say, Walkthrough
from slipway_cli.sdk.executions import Execution
from slipway_local.stack.local_stack import LocalStack

ENDPOINT_NAME = "digits"
SAMPLES = 10


class DigitsDemo:
    """The demo on a running local stack."""

    def __init__(self, stack: LocalStack, folder: Path, say: Say) -> None:
        self._folder = folder
        self._walkthrough = Walkthrough(stack, say)
        self._target = self._walkthrough.target
        self._digits = digits.load()
        self._idle = IdleDemo(stack, self._walkthrough, ENDPOINT_NAME)
        self._batch = BatchDemo(self._walkthrough, self._digits, folder, ENDPOINT_NAME)

    def run(self) -> None:
        """Deploy, update, fail, transform a data set, and leave an endpoint idle. Raises `ClaimFailed`."""
        first = self._deploy_version(1, "Created")
        self._idle.start(f"s3://{self._target.model_bucket}/models/{ENDPOINT_NAME}/digits-v1.tar.gz")
        second = self._deploy_version(2, "Updated")
        self._walkthrough.check(first == second, "the endpoint was updated, not created again")
        self._batch.start(f"s3://{self._target.model_bucket}/models/{ENDPOINT_NAME}/digits-v2.tar.gz")
        self._break_it()
        self._batch.run()
        self._idle.run()

    def _deploy_version(self, version: int, outcome: str) -> Any:
        say = self._walkthrough.say
        say(f"\n== Version {version}: train, upload, follow, invoke")
        classifier, accuracy = digits.train(self._digits, version)
        say(f"trained on {len(self._digits.train_images)} images, accuracy {accuracy:.1%} on the test images")
        execution = self._upload(digits.pack(classifier, version, self._folder))
        self._walkthrough.succeeded(execution, outcome)
        self._invoke(version)
        return self._target.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT_NAME)["CreationTime"]

    def _break_it(self) -> None:
        say, check = self._walkthrough.say, self._walkthrough.check
        say("\n== A broken archive: its code imports a module that is not installed")
        execution = self._upload(digits.pack_broken(self._folder))
        explanation = execution.explanation
        check(execution.status == "FAILED", "the execution failed")
        say(f"Error    {execution.error}\nMessage  {explanation['Message']}\nHint     {explanation['Hint']}")
        for line in explanation["LogTail"]:
            say(f"Log      {line}")
        say(f"Removed  {', '.join(explanation['Resources']['Removed'])}")
        check(execution.error == "ContainerImportError", "the failure is named")
        check(digits.MISSING_MODULE in "\n".join(explanation["LogTail"]), "the container's log lines are shown")
        say("The endpoint still serves version 2:")
        self._invoke(2)

    def _upload(self, archive: Path) -> Execution:
        s3, bucket, key = self._target.client("s3"), self._target.model_bucket, f"models/{ENDPOINT_NAME}/{archive.name}"
        s3.upload_file(str(archive), bucket, key)
        etag = s3.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
        self._walkthrough.say(f"uploaded {archive.stat().st_size:,} bytes to s3://{bucket}/{key}")
        return self._walkthrough.follow(self._walkthrough.started_by_upload(etag))

    def _invoke(self, version: int) -> None:
        images = self._digits.test_images[:SAMPLES].tolist()
        truth = self._digits.test_labels[:SAMPLES].tolist()
        answer = self._target.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=ENDPOINT_NAME, ContentType="application/json", Body=json.dumps({"images": images})
        )
        prediction = json.loads(answer["Body"].read())
        say, check = self._walkthrough.say, self._walkthrough.check
        say(f"predicted {' '.join(map(str, prediction['digits']))}\ntruth     {' '.join(map(str, truth))}")
        right = sum(guess == label for guess, label in zip(prediction["digits"], truth, strict=True))
        check(right >= SAMPLES * 0.8, f"{right} of {SAMPLES} are right")
        check(prediction["version"] == version, f"version {version} answered")
