"""An account as the client sees it: the local SageMaker over boto3, and in memory what else a deletion touches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from slipway.deployment.tags import ARTIFACT, ENDPOINT, EXECUTION, IN_SERVICE_AT, STACK
from slipway_cli.sdk.target import Target
from tests.contract.sagemaker.loopback import Loopback
from tests.fakes.step_functions import STATE_MACHINE, FakeStepFunctions
from tests.unit.slipway_local.sagemaker.world import IMAGE, REGION, ROLE

BUCKET = "models-bucket"


class Recorder:
    """Keeps the order of calls that different services get.

    `gone` are operations on what is not there any more, `answers` what operations answer whatever happens.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.gone: set[str] = set()
        self.answers: dict[str, Any] = {}


class Watched:
    """A client whose named operations are recorded with what they are about."""

    def __init__(self, client: Any, recorder: Recorder, **about: str) -> None:
        self._client = client
        self._recorder = recorder
        self._about = about

    def __getattr__(self, operation: str) -> Any:
        if operation in self._recorder.gone:
            return _not_found
        if operation in self._recorder.answers:
            return lambda **_: self._recorder.answers[operation]
        call = getattr(self._client, operation)
        if operation not in self._about:
            return call

        def recorded(**request: Any) -> Any:
            self._recorder.calls.append(f"{operation} {request[self._about[operation]]}")
            return call(**request)

        return recorded


class Scaling:
    """Application Auto Scaling with these targets."""

    def __init__(self, *resource_ids: str) -> None:
        self.resource_ids = set(resource_ids)

    def deregister_scalable_target(self, **request: Any) -> None:
        self.resource_ids.discard(request["ResourceId"])


class Alarms:
    """CloudWatch's alarms, by name."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def describe_alarms(self, **request: Any) -> dict[str, Any]:
        return {"MetricAlarms": [{"AlarmName": name} for name in self.names if name in request["AlarmNames"]]}

    def delete_alarms(self, **request: Any) -> None:
        self.names = [name for name in self.names if name not in request["AlarmNames"]]


class Objects:
    """S3, of which keys are deleted."""

    def delete_object(self, **request: Any) -> None:
        assert request["Bucket"] == BUCKET


class Index:
    """The Resource Groups Tagging API: what it knows, which may be less than there is."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, str]] = {}

    def get_resources(self, **_: Any) -> dict[str, Any]:
        found = [{"ResourceARN": arn, "Tags": as_list(tags)} for arn, tags in self.known.items()]
        return {"ResourceTagMappingList": found, "PaginationToken": ""}

    def get_paginator(self, operation: str) -> Index:
        assert operation == "get_resources"
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        for arn, tags in self.known.items():
            yield {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": as_list(tags)}]}


class Session:
    """A boto3 session of these clients."""

    def __init__(self, clients: Mapping[str, Any]) -> None:
        self._clients = clients

    def client(self, service: str, **_: Any) -> Any:
        return self._clients[service]


class ClientAccount:
    """The account, and what a test puts into it."""

    def __init__(self, loopback: Loopback, client: Any) -> None:
        self.loopback = loopback
        self.sagemaker = client
        self.recorder = Recorder()
        self.scaling = Scaling()
        self.index = Index()
        self.alarms = Alarms()
        self.stepfunctions = FakeStepFunctions()
        watched = {
            "delete_endpoint": "EndpointName",
            "delete_model": "ModelName",
            "delete_endpoint_config": "EndpointConfigName",
        }
        clients = {
            "sagemaker": Watched(client, self.recorder, **watched),
            "application-autoscaling": Watched(self.scaling, self.recorder, deregister_scalable_target="ResourceId"),
            "s3": Watched(Objects(), self.recorder, delete_object="Key"),
            "resourcegroupstaggingapi": self.index,
            "cloudwatch": self.alarms,
            "stepfunctions": self.stepfunctions,
        }
        outputs = {"StateMachineArn": STATE_MACHINE, "ModelBucketName": BUCKET}
        self.target = Target(Session(clients), REGION, known_outputs=outputs)

    def version(self, config: str, endpoint: str, *, model: str = "", stack: str = "slipway", **more: Any) -> None:
        """Make a configuration and its model, as a deployment of this endpoint leaves them."""
        self.loopback.clock.sleep(1)
        model = model or f"{config}-model"
        own = {STACK: stack, ENDPOINT: endpoint, EXECUTION: "arn:execution", ARTIFACT: f"s3://{BUCKET}/{config}.tar.gz"}
        served = {IN_SERVICE_AT: more.pop("served")} if "served" in more else {}
        if not self.sagemaker.list_models(NameContains=model)["Models"]:
            self.sagemaker.create_model(
                ModelName=model,
                PrimaryContainer={"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{config}.tar.gz"},
                ExecutionRoleArn=ROLE,
                Tags=as_list(own),
            )
        hosting = more or {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=config,
            ProductionVariants=[{"VariantName": "AllTraffic", "ModelName": model, **hosting}],
            Tags=as_list({**own, **served}),
        )

    def endpoint(self, name: str, config: str, *, stack: str = "slipway", settled: bool = True) -> str:
        """Make an endpoint, InService unless it is to stay Creating; return its ARN."""
        tags = as_list({STACK: stack} if stack else {})
        arn = self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=tags)["EndpointArn"]
        if settled:
            self.loopback.finish()
        return str(arn)


def _not_found(**request: Any) -> None:
    """Answer as SageMaker does for what does not exist."""
    message = f'Could not find what "{request}" names.'
    raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Describe")


def as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as AWS has them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
