"""A real engine on a free port, and short words for what its tests do all the time."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from tests.unit.slipway_local.hosting.doubles import tar_gz

from slipway_local.engine.settings import EngineSettings
from slipway_local.stack.engine_process import EngineProcess, free_port

REGION = "us-east-1"
IMAGE = f"811284229777.dkr.ecr.{REGION}.amazonaws.com/an-image-with-the-toolkit:1"
TRUSTED = [f"{service}.amazonaws.com" for service in ("sagemaker", "lambda", "states", "events", "scheduler")]
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
PATIENCE = 120.0  # seconds; everything here takes a fraction of one on a quiet machine
# Answers what it is asked, in the content type that it is asked in.
ECHO = """
def model_fn(model_dir): ...
def transform_fn(model, body, content_type, accept): return body, content_type or "text/plain"
"""


class Laptop:
    """One engine and what is made in it."""

    def __init__(self, folder: Path, report: Callable[[str], None] = lambda _: None, **more: Any) -> None:
        """`report` gets the engine's lines; `more` are settings of the engine."""
        settings = EngineSettings(port=free_port(), creation_seconds=1.0, clock_scale=0.01, **more)
        self.url = settings.endpoint_url
        self.log_file = folder / "engine.log"
        self.engine = EngineProcess(settings, self.log_file, report)
        self.client = cache(self._client)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def role(self) -> str:
        """Make the role that everything runs with, which may do everything."""
        trust = {"Effect": "Allow", "Principal": {"Service": TRUSTED}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = self.client("iam").create_role(RoleName="laptop", AssumeRolePolicyDocument=document)
        everything = json.dumps({"Version": "2012-10-17", "Statement": [EVERYTHING]})
        self.client("iam").put_role_policy(RoleName="laptop", PolicyName="Everything", PolicyDocument=everything)
        return str(made["Role"]["Arn"])

    def endpoint(self, name: str, role: str, script: str = ECHO, **config: Any) -> None:
        """Bring an endpoint of a script InService, its model and configuration of the same name."""
        s3, sagemaker = self.client("s3"), self.client("sagemaker")
        s3.create_bucket(Bucket=f"{name}-models")
        s3.put_object(Bucket=f"{name}-models", Key="model.tar.gz", Body=tar_gz({"code/inference.py": script}))
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://{name}-models/model.tar.gz"}
        sagemaker.create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)
        variant = {"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.xlarge"}
        variants = [{**variant, "InitialInstanceCount": 1}]
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **config)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)
        wait_until(lambda: self.status(name) != "Creating")
        assert self.status(name) == "InService"

    def status(self, name: str) -> str:
        """Return an endpoint's status."""
        return str(self.client("sagemaker").describe_endpoint(EndpointName=name)["EndpointStatus"])

    def function(self, name: str, role: str, code: str) -> str:
        """Make a Lambda function of the module `app` with a `handler`, and return its ARN."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as files:
            files.writestr("app.py", code)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": archive.getvalue()},
            Timeout=300,
        )
        return str(made["FunctionArn"])

    def start(self, role: str, name: str, **states: dict[str, Any]) -> str:
        """Start an execution of a state machine that begins with the first state, and return its ARN."""
        definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})
        stepfunctions = self.client("stepfunctions")
        made = stepfunctions.create_state_machine(name=name, definition=definition, roleArn=role)
        return str(stepfunctions.start_execution(stateMachineArn=made["stateMachineArn"])["executionArn"])

    def run(self, role: str, name: str, **states: dict[str, Any]) -> dict[str, Any]:
        """Run a state machine to its end and return the execution."""
        return self.ended(self.start(role, name, **states))

    def ended(self, execution: str) -> dict[str, Any]:
        """Wait for an execution's end and return it."""

        def described() -> dict[str, Any]:
            answer: dict[str, Any] = self.client("stepfunctions").describe_execution(executionArn=execution)
            return answer

        wait_until(lambda: described()["status"] != "RUNNING")
        return described()


def wait_until(there: Callable[[], object]) -> None:
    """Wait for another process to come to something."""
    deadline = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
