"""What probes create in an account: every resource has the prefix `slipway-probe-`, and is deleted at the end."""

from __future__ import annotations

import io
import json
import secrets
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from slipway.images import resolve_image
from slipway_cli.sdk.target import Target

PREFIX = "slipway-probe-"
INSTANCE_TYPE = "ml.m5.large"
SERVERLESS = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")
POLL = 15.0  # seconds
AWS_PATIENCE, LOCAL_PATIENCE = 45 * 60.0, 60.0  # seconds until an endpoint has settled
ACCEPTED = "accepted"
GONE = ("Could not find", "does not exist", "NoSuch", "NotFound", "NonExistentQueue")
# Answers what it finds below /opt/ml/model, so that one invocation shows how the archive was unpacked.
SCRIPT = """
import json, os

def model_fn(folder):
    return folder

def input_fn(body, content_type):
    return body

def predict_fn(body, folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)

def output_fn(found, accept):
    return json.dumps(found)
"""


class ProbeFailed(Exception):
    """A probe could not come to its question; the message says why."""


class Lab:
    """Calls AWS for probes, and remembers how to delete what they create.

    What is to be undone is noted before it is created: a lost answer or Ctrl-C in between leaves nothing behind.
    """

    def __init__(self, target: Target, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep) -> None:
        self.target = target
        self.run = f"{PREFIX}{secrets.token_hex(4)}"
        self._say = say
        self._sleep = sleep
        self._poll = target.pause(POLL)
        self._patience = LOCAL_PATIENCE if target.is_local else AWS_PATIENCE
        self._undo: list[tuple[str, Callable[[], object]]] = []
        self._number = 0
        self._endpoints: dict[str, str] = {}

    # Calls

    def call(self, service: str, operation: str, **request: Any) -> dict[str, Any]:
        """Call an operation by its Python name; return the response."""
        response: dict[str, Any] = getattr(self.target.client(service), operation)(**request)
        return response

    def answer(self, service: str, operation: str, **request: Any) -> str:
        """Call an operation; return "accepted", or the code and the message of AWS's refusal."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - the SDK is imported when AWS is asked

        try:
            self.call(service, operation, **request)
        except ClientError as refusal:
            error = refusal.response["Error"]
            return f"{error.get('Code', '')}: {error.get('Message', '')}"
        return ACCEPTED

    def sagemaker(self, operation: str, **request: Any) -> dict[str, Any]:
        """Call SageMaker."""
        return self.call("sagemaker", operation, **request)

    def until(self, found: Callable[[], Any], what: str, patience: float | None = None) -> Any:
        """Ask until there is a true answer, and return it. Raises `ProbeFailed` when there is none in time."""
        deadline = time.monotonic() + (patience or self._patience)
        while not (answer := found()):
            if time.monotonic() > deadline:
                raise ProbeFailed(f"{what} in {patience or self._patience:.0f} s")
            self._sleep(self._poll)
        return answer

    # What is created

    def name(self, what: str) -> str:
        """Return a name that no other resource has."""
        self._number += 1
        return f"{self.run}-{self._number}-{what}"

    def undo(self, what: str, call: Callable[[], object]) -> None:
        """Note how something is deleted, before it is created."""
        self._undo.append((what, call))

    @property
    def bucket(self) -> str:
        """Return the stack's model bucket."""
        return self.target.model_bucket

    def upload(self, name: str, body: bytes) -> str:
        """Put an object that no rule of the stack sees; return its key."""
        key = f"probes/{self.run}/{name}"
        self.undo(f"object {key}", lambda: self.delete_versions(key))
        self.call("s3", "put_object", Bucket=self.bucket, Key=key, Body=body)
        return key

    @cached_property
    def archive(self) -> str:
        """Return the key of a model archive with a script and a file."""
        return self.upload("model.tar.gz", model_archive())

    def model_data_source(self, **members: str) -> dict[str, Any]:
        """Return a ModelDataSource for the archive, with members changed."""
        uri = f"s3://{self.bucket}/{self.archive}"
        return {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Object", "CompressionType": "Gzip", **members}}

    def container(self, **members: Any) -> dict[str, Any]:
        """Return a container definition of scikit-learn's image that serves the archive from ModelDataUrl."""
        image = str(resolve_image("sklearn", self.target.region, version="1.2-1", instance_type=INSTANCE_TYPE))
        environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
        found = {"Image": image, "Environment": environment, "ModelDataUrl": f"s3://{self.bucket}/{self.archive}"}
        return {name: value for name, value in {**found, **members}.items() if value is not None}

    def model_request(self, **members: Any) -> dict[str, Any]:
        """Return a CreateModel request, whose model is deleted at the end; members of the container are changed."""
        name = self.name("model")
        self.undo(f"model {name}", lambda: self.sagemaker("delete_model", ModelName=name))
        role = self.target.output("ExecutionRoleArn")
        return {"ModelName": name, "ExecutionRoleArn": role, "PrimaryContainer": self.container(**members)}

    @cached_property
    def model(self) -> str:
        """Return the name of the model that most probes share."""
        request = self.model_request()
        self.sagemaker("create_model", **request)
        return str(request["ModelName"])

    def config_request(self, model: str | None = None, hosting: Mapping[str, Any] | None = None, **fields: Any) -> Any:
        """Return a CreateEndpointConfig request, whose configuration is deleted at the end."""
        name = self.name("config")
        self.undo(
            f"endpoint configuration {name}", lambda: self.sagemaker("delete_endpoint_config", EndpointConfigName=name)
        )
        hosting = hosting or {"InstanceType": INSTANCE_TYPE, "InitialInstanceCount": 1}
        variant = {"VariantName": "AllTraffic", "ModelName": model or self.model, **hosting}
        return {"EndpointConfigName": name, "ProductionVariants": [variant], **fields}

    def config(self, model: str | None = None, hosting: Mapping[str, Any] | None = None, **fields: Any) -> str:
        """Create an endpoint configuration; return its name."""
        request = self.config_request(model, hosting, **fields)
        self.sagemaker("create_endpoint_config", **request)
        return str(request["EndpointConfigName"])

    def asynchronous(self) -> dict[str, Any]:
        """Return the AsyncInferenceConfig of a configuration."""
        output = f"s3://{self.bucket}/inference/{self.run}/"
        return {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": output, "S3FailurePath": f"{output}failed/"}}}

    def create_endpoint(self, config: str) -> str:
        """Create an endpoint and do not wait for it; return its name."""
        name = self.name("endpoint")
        self.undo(f"endpoint {name}", lambda: self._delete_endpoint(name))
        self.sagemaker("create_endpoint", EndpointName=name, EndpointConfigName=config)
        return name

    def settled(self, endpoint: str) -> dict[str, Any]:
        """Wait until an endpoint is not busy; return its description."""

        def found() -> dict[str, Any] | None:
            described = self.sagemaker("describe_endpoint", EndpointName=endpoint)
            return None if described["EndpointStatus"] in BUSY else described

        described: dict[str, Any] = self.until(found, f"The endpoint {endpoint} has not settled")
        return described

    def endpoint(self, kind: str) -> str:
        """Return the InService endpoint of a kind, which probes share: instances, serverless or asynchronous."""
        if kind not in self._endpoints:
            self._say(f"creating the endpoint for {kind}")
            hosting = {"ServerlessConfig": SERVERLESS} if kind == "serverless" else None
            fields = self.asynchronous() if kind == "asynchronous" else {}
            name = self.create_endpoint(self.config(hosting=hosting, **fields))
            self._endpoints[kind] = name
        described = self.settled(self._endpoints[kind])
        if described["EndpointStatus"] != "InService":
            reason = described.get("FailureReason", "no reason")
            raise ProbeFailed(f"The endpoint for {kind} is {described['EndpointStatus']}: {reason}")
        return self._endpoints[kind]

    @contextmanager
    def events(self, pattern: Mapping[str, Any]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
        """Yield a function that returns the events of a pattern since then, through a rule and a queue."""
        name = self.name("events")
        self.undo(f"queue {name}", lambda: self._delete_queue(name))
        queue = str(self.call("sqs", "create_queue", QueueName=name)["QueueUrl"])
        found = self.call("sqs", "get_queue_attributes", QueueUrl=queue, AttributeNames=["QueueArn"])
        arn = str(found["Attributes"]["QueueArn"])
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        self.call("sqs", "set_queue_attributes", QueueUrl=queue, Attributes={"Policy": policy})
        self.undo(f"rule {name}", lambda: self._delete_rule(name))
        self.call("events", "put_rule", Name=name, EventPattern=json.dumps(pattern))
        self.call("events", "put_targets", Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        received: list[dict[str, Any]] = []

        def events() -> list[dict[str, Any]]:
            answer = self.call("sqs", "receive_message", QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            received.extend(json.loads(message["Body"]) for message in answer.get("Messages", []))
            return received

        yield events

    # The end

    def clean_up(self) -> list[str]:
        """Delete everything that was created, the newest first; return what could not be deleted, with the reason."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - the SDK is imported by now

        left = []
        while self._undo:
            what, call = self._undo.pop()
            try:
                call()
            except (BotoCoreError, ClientError, ProbeFailed) as error:
                if not any(said in str(error) for said in GONE):
                    left.append(f"{what}: {error}")
        return left

    def _delete_endpoint(self, name: str) -> None:
        self.settled(name)
        self.sagemaker("delete_endpoint", EndpointName=name)
        self.until(lambda: "Could not find" in self.answer("sagemaker", "describe_endpoint", EndpointName=name), name)

    def _delete_queue(self, name: str) -> None:
        self.call("sqs", "delete_queue", QueueUrl=self.call("sqs", "get_queue_url", QueueName=name)["QueueUrl"])

    def _delete_rule(self, name: str) -> None:
        self.call("events", "remove_targets", Rule=name, Ids=["queue"])
        self.call("events", "delete_rule", Name=name)

    def delete_versions(self, key: str) -> None:
        """Delete every version of the objects whose keys begin so."""
        found = self.call("s3", "list_object_versions", Bucket=self.bucket, Prefix=key)
        for version in (*found.get("Versions", []), *found.get("DeleteMarkers", [])):
            self.call("s3", "delete_object", Bucket=self.bucket, Key=version["Key"], VersionId=version["VersionId"])


def model_archive(hard_link: str = "") -> bytes:
    """Return a model archive with code/inference.py and weights.txt, and a hard link to the latter if one is named."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, body in (("code/inference.py", SCRIPT.encode()), ("weights.txt", b"1")):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
        if hard_link:
            link = tarfile.TarInfo(hard_link)
            link.type, link.linkname = tarfile.LNKTYPE, "weights.txt"
            archive.addfile(link)
    return packed.getvalue()
