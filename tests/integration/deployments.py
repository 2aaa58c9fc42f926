"""Driving the stack as its users do, over plain boto3."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import uuid4

import boto3

from slipway_cli.sdk.execution_watcher import ExecutionWatcher
from slipway_cli.sdk.executions import Execution
from slipway_cli.sdk.target import Target
from slipway_local.stack.description import StackDescription

TIMEOUT = 180.0
POLL = 0.1
NOTHING: dict[str, list[str]] = {"Models": [], "EndpointConfigs": [], "Endpoints": []}

T = TypeVar("T")


class Account:
    """The local account: clients, and what exists in it."""

    def __init__(self, description: StackDescription) -> None:
        self.description = description
        self.endpoint_url = description.endpoint_url
        session = boto3.Session("test", "test", region_name=description.region)
        self.target = Target(session, description.region, endpoint_url=self.endpoint_url)
        self.client = self.target.client
        self.s3 = self.client("s3")
        self.stepfunctions = self.client("stepfunctions")
        self.sagemaker = self.client("sagemaker")
        self.runtime = self.client("sagemaker-runtime")
        self._inputs: dict[str, Any] = {}

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that point an AWS client at the stack."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": self.description.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def upload(self, key: str, content: bytes, bucket: str | None = None) -> str:
        """Put an object; return its S3 URI."""
        bucket = bucket or self.description.model_bucket
        self.s3.put_object(Bucket=bucket, Key=key, Body=content)
        return f"s3://{bucket}/{key}"

    def start(self, request: object, machine: str = "StateMachineArn") -> str:
        """Start an execution of the state machine that an output names; return its ARN."""
        arn = self.description.outputs[machine]
        started = self.stepfunctions.start_execution(stateMachineArn=arn, input=json.dumps(request))
        return str(started["executionArn"])

    def run(self, request: object, machine: str = "StateMachineArn") -> Execution:
        """Start an execution and wait for its end."""
        return self.end_of(self.start(request, machine))

    def deploy(self, request: object) -> dict[str, Any]:
        """Start an execution and return its output; fail the test when it does not succeed."""
        ended = self.run(request)
        assert ended.status == "SUCCEEDED", f"{ended.error}: {ended.explanation}"
        return dict(ended.output)

    def end_of(self, arn: str, within: float = TIMEOUT) -> Execution:
        """Wait for an execution's end, at most so many seconds, and read it as `slipway deploy --wait` does."""
        wait_for(lambda: None if self._is_running(arn) else True, within)
        *_, last = ExecutionWatcher(self.target, arn).poll(lambda: None)
        return last.execution

    def _is_running(self, arn: str) -> bool:
        return bool(self.stepfunctions.describe_execution(executionArn=arn)["status"] == "RUNNING")

    def executions_of(self, key: str) -> list[str]:
        """Return the executions that uploads of this key started."""
        found = []
        for page in self.stepfunctions.get_paginator("list_executions").paginate(
            stateMachineArn=self.description.state_machine_arn
        ):
            for execution in page["executions"]:
                arn = str(execution["executionArn"])
                if arn not in self._inputs:
                    described = self.stepfunctions.describe_execution(executionArn=arn)
                    self._inputs[arn] = json.loads(described["input"])
                request = self._inputs[arn]
                if isinstance(request, dict) and request.get("detail", {}).get("object", {}).get("key") == key:
                    found.append(arn)
        return found

    def end_of_upload(self, key: str, count: int = 1) -> Execution:
        """Wait for the `count`-th execution that uploads of this key started, and for its end."""
        arns = wait_for(lambda: found if len(found := self.executions_of(key)) >= count else None)
        return self.end_of(arns[0])

    def invoke(self, endpoint_name: str, data: list[int]) -> dict[str, Any]:
        """Return the endpoint's answer to a list of numbers."""
        answer = self.runtime.invoke_endpoint(
            EndpointName=endpoint_name, ContentType="application/json", Body=json.dumps(data)
        )
        prediction: dict[str, Any] = json.loads(answer["Body"].read())
        return prediction

    def delete(self, endpoint_name: str) -> None:
        """Delete an endpoint, after its inference components, and wait until it is gone."""
        list_components = self.sagemaker.list_inference_components
        for one in list_components(EndpointNameEquals=endpoint_name)["InferenceComponents"]:
            self.sagemaker.delete_inference_component(InferenceComponentName=one["InferenceComponentName"])
        wait_for(lambda: None if list_components(EndpointNameEquals=endpoint_name)["InferenceComponents"] else True)
        self.sagemaker.delete_endpoint(EndpointName=endpoint_name)
        wait_for(lambda: None if endpoint_name in self.made_for(endpoint_name)["Endpoints"] else True)

    def made_for(self, endpoint_name: str) -> dict[str, list[str]]:
        """Return the names of everything that exists for an endpoint."""
        lists = {
            "Models": ("list_models", "ModelName"),
            "EndpointConfigs": ("list_endpoint_configs", "EndpointConfigName"),
            "Endpoints": ("list_endpoints", "EndpointName"),
        }
        return {
            kind: sorted(item[name] for item in getattr(self.sagemaker, operation)(NameContains=endpoint_name)[kind])
            for kind, (operation, name) in lists.items()
        }


def wait_for(probe: Callable[[], T | None], within: float = TIMEOUT) -> T:
    """Return what the probe finds, once it does; fail the test when it takes longer than so many seconds."""
    deadline = time.monotonic() + within
    while (found := probe()) is None:
        assert time.monotonic() < deadline, f"waited for {within:.0f} s"
        time.sleep(POLL)
    return found


def endpoint_name(stem: str) -> str:
    """Return a name that no other test uses."""
    return f"{stem}-{uuid4().hex[:8]}"
