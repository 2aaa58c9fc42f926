"""Each of AWS's written rules, met by direct boto3 calls: the local SageMaker refuses what AWS refuses.

`DIRECT` has, by the rule's key, calls that break the rule and what the refusal says: AWS's words where a report has
them, which is marked by `AWS`. `NOT_DIRECT` says why a rule has none, and where it is proved instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError
from tests.contract.sagemaker.loopback import Loopback, serving
from tests.unit.slipway_local.sagemaker.world import CAPTURE, IMAGE, PREFIX, ROLE, variant

from slipway.planning.contract.aws_rules import AWS_RULES
from slipway_local.sagemaker import Fault

ROOT = Path(__file__).parents[3]
DATA = "s3://models/model.tar.gz"
OBJECT = {"S3DataSource": {"S3Uri": DATA, "S3DataType": "S3Object", "CompressionType": "Gzip"}}
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
ASYNC: dict[str, Any] = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out/"}}}
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
AWS = True


class Account:
    """What a case does by boto3, in short words. Endpoints are InService when they are made."""

    def __init__(self, loopback: Loopback, client: Any) -> None:
        self.loopback, self.client, self.world = loopback, client, loopback.world

    def model(self, name: str = "model-1", container: dict[str, Any] | None = None, **fields: Any) -> None:
        image = IMAGE.replace("eu-west-1", self.loopback.region)
        primary = {"Image": image, "ModelDataUrl": DATA} | (container or {})
        primary = {key: value for key, value in primary.items() if value is not None}
        self.client.create_model(ModelName=name, PrimaryContainer=primary, ExecutionRoleArn=ROLE, **fields)

    def config(self, name: str = "config-1", *variants: dict[str, Any], **fields: Any) -> None:
        self.client.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=list(variants) or [variant()], **fields
        )

    def endpoint(self, name: str = "endpoint-1", **fields: Any) -> None:
        self.client.create_endpoint(EndpointName=name, EndpointConfigName="config-1", **fields)
        self.loopback.finish()

    def serving(self, *variants: dict[str, Any], **fields: Any) -> None:
        """Bring endpoint-1 InService."""
        self.model()
        self.config("config-1", *variants, **fields)
        self.endpoint()

    def update(self, *variants: dict[str, Any], deployment: dict[str, Any] | None = None, **fields: Any) -> None:
        """Update endpoint-1 to another configuration."""
        self.config("config-2", *variants, **fields)
        given = {"DeploymentConfig": deployment} if deployment else {}
        self.client.update_endpoint(EndpointName="endpoint-1", EndpointConfigName="config-2", **given)


class Direct(NamedTuple):
    """Calls, the last of which is refused with these words."""

    calls: Callable[[Account], object]
    words: str
    is_awss: bool = False


def serverless(**members: int) -> dict[str, Any]:
    return variant(ServerlessConfig={**SERVERLESS, **members})


def modelled(*variants: dict[str, Any], **fields: Any) -> Callable[[Account], None]:
    """Return calls that make a model and a configuration of it."""

    def calls(account: Account) -> None:
        account.model()
        account.config("config-1", *variants, **fields)

    return calls


def of_model(container: dict[str, Any] | None = None, **fields: Any) -> Callable[[Account], None]:
    """Return calls that make a serverless configuration of a model."""

    def calls(account: Account) -> None:
        account.model(container=container, **fields)
        account.config("config-1", serverless())

    return calls


FOUR = variant(InitialInstanceCount=4)
PERCENT = {"Type": "CAPACITY_PERCENT"}


def deployed(deployment: dict[str, Any], one: dict[str, Any] = FOUR) -> Callable[[Account], None]:
    """Return calls that update an endpoint by a DeploymentConfig."""

    def calls(account: Account) -> None:
        account.serving(one)
        account.update(one, deployment=deployment)

    return calls


def blue_green(kind: str, **steps: int) -> dict[str, Any]:
    sizes = {name: {**PERCENT, "Value": value} for name, value in steps.items()}
    routing = {"Type": kind, "WaitIntervalInSeconds": 600, **sizes}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}


def rolling(percent: int) -> dict[str, Any]:
    return {"RollingUpdatePolicy": {"MaximumBatchSize": {**PERCENT, "Value": percent}, "WaitIntervalInSeconds": 60}}


def denied(action: str, calls: Callable[[Account], object]) -> Callable[[Account], object]:
    """Return calls of which the execution role is not allowed an action."""

    def refused(account: Account) -> None:
        account.world.roles.denied.add(action)
        calls(account)

    return refused


def _of_components(instance_type: str) -> dict[str, Any]:
    return {"VariantName": "AllTraffic", "InstanceType": instance_type, "InitialInstanceCount": 1}


def _other_type_of_components(account: Account) -> None:
    account.serving(_of_components("ml.m5.large"), ExecutionRoleArn=ROLE)
    account.update(_of_components("ml.m5.xlarge"), ExecutionRoleArn=ROLE)


def _component_of_a_model(account: Account) -> None:
    account.serving()
    account.client.create_inference_component(
        InferenceComponentName="component-1",
        EndpointName="endpoint-1",
        VariantName="AllTraffic",
        Specification={"ModelName": "model-1", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}},
        RuntimeConfig={"CopyCount": 1},
    )


def _unseen(account: Account) -> None:
    account.world.sagemaker.faults.order(Fault("EventuallyConsistent", operation="CreateEndpointConfig", reads=1))
    account.serving()


def _in_use(account: Account) -> None:
    account.serving()
    account.client.delete_endpoint_config(EndpointConfigName="config-1")


def _busy(account: Account) -> None:
    account.model()
    account.config()
    account.client.create_endpoint(EndpointName="endpoint-1", EndpointConfigName="config-1")
    account.update()


def _deleted_busy(account: Account) -> None:
    account.model()
    account.config()
    account.client.create_endpoint(EndpointName="endpoint-1", EndpointConfigName="config-1")
    account.client.delete_endpoint(EndpointName="endpoint-1")


def _failed(account: Account) -> None:
    account.serving()
    account.world.sagemaker.force_status("endpoint-1", "Failed")
    account.update()


def _other_case(account: Account) -> None:
    account.serving()
    account.endpoint("ENDPOINT-1")


def _to(*variants: dict[str, Any], **fields: Any) -> Callable[[Account], None]:
    def calls(account: Account) -> None:
        account.serving()
        account.update(*variants, **fields)

    return calls


def _from_async(account: Account) -> None:
    account.serving(**ASYNC)
    account.update()


def _scaled(account: Account) -> None:
    account.serving()
    account.world.targets.scaled["endpoint-1"] = {"AllTraffic"}
    account.update(variant(InstanceType="ml.m5.large"))


def _missing_alarm(account: Account) -> None:
    account.world.alarms.missing.add("errors")
    deployed({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}})(account)


def _other_variant(account: Account) -> None:
    account.serving()
    account.update(variant("Other"), deployment=blue_green("ALL_AT_ONCE"))


def _unknown_role(account: Account) -> None:
    account.world.roles.unknown.add(ROLE)
    account.model()


def _too_many_tags(account: Account) -> None:
    account.model()
    for half in ("a", "b"):
        tags = [{"Key": f"{half}{number}", "Value": ""} for number in range(26)]
        account.client.add_tags(ResourceArn=f"{PREFIX}model/model-1", Tags=tags)


def _unapproved(account: Account) -> None:
    account.client.create_model_package_group(ModelPackageGroupName="digits")
    specification = {"Containers": [{"Image": IMAGE}]}
    created = account.client.create_model_package(ModelPackageGroupName="digits", InferenceSpecification=specification)
    account.client.create_model(
        ModelName="m", PrimaryContainer={"ModelPackageName": created["ModelPackageArn"]}, ExecutionRoleArn=ROLE
    )


PARTS = [{"Image": IMAGE, "ModelDataUrl": DATA}, {"Image": IMAGE, "ModelDataUrl": DATA}]

MANY: list[dict[str, Any]] = [{"Image": IMAGE, "ModelDataUrl": "s3://models/many/", "Mode": "MultiModel"}] * 2


def _named(*names: str) -> list[dict[str, Any]]:
    return [part | {"ContainerHostname": name} for part, name in zip(PARTS, names, strict=False)] + PARTS[len(names) :]


def _several(account: Account, containers: list[dict[str, Any]], **fields: Any) -> None:
    account.client.create_model(ModelName="model-1", Containers=containers, ExecutionRoleArn=ROLE, **fields)


def _asynchronous_pipeline(account: Account) -> None:
    _several(account, PARTS)
    account.config(**ASYNC)
    account.endpoint()


DIRECT: dict[str, tuple[Direct, ...]] = {
    "container-names": (
        Direct(lambda account: _several(account, _named("first")), "for every container, or for none"),
        Direct(lambda account: _several(account, _named("same", "same")), "must be unique within a model"),
    ),
    "container-execution": (
        Direct(
            lambda account: account.model(InferenceExecutionConfig={"Mode": "Direct"}),
            "InferenceExecutionConfig with Mode Direct requires Containers",
        ),
    ),
    "multi-model-prefix": (
        Direct(
            lambda account: account.model(container={"Mode": "MultiModel"}), "requires a ModelDataUrl that is a prefix"
        ),
    ),
    "multi-model-exclusions": (
        Direct(lambda account: _several(account, MANY), "More than one container in MultiModel mode", AWS),
    ),
    "async-containers": (Direct(_asynchronous_pipeline, "not supported using this configuration", AWS),),
    "variant-names": (
        Direct(modelled(variant(), variant()), "Every VariantName must be unique within an endpoint configuration"),
    ),
    "shadow-variants": (
        Direct(
            modelled(variant("A"), variant("B"), ShadowProductionVariants=[variant("C")]),
            "with a shadow variant must have one variant of each kind",
        ),
    ),
    "environment-size": (
        Direct(lambda account: account.model(container={"Environment": {"A": "é" * 513}}), "at most 1024 bytes"),
        Direct(
            lambda account: account.model(container={"Environment": {f"K{n}": "v" * 1000 for n in range(33)}}), "32 KB"
        ),
    ),
    "image-region": (
        Direct(
            lambda account: account.model(container={"Image": IMAGE.replace("eu-west-1", "us-east-1")}),
            "does not match expected region of eu-west-1. Cross region ECR image pulls are not allowed.",
            AWS,
        ),
    ),
    "image-form": (
        Direct(
            lambda account: account.model(container={"Image": IMAGE.removesuffix(":1")}),
            f'ECR image "{IMAGE.removesuffix(":1")}" is invalid',
            AWS,
        ),
        Direct(lambda account: account.model(container={"Image": "docker.io/busybox:1"}), "Using non-ECR image"),
    ),
    "one-container": (
        Direct(lambda account: account.model(Containers=[{"Image": IMAGE}]), "Exactly one of PrimaryContainer and"),
    ),
    "execution-role": (
        Direct(
            _unknown_role,
            f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com'",
            AWS,
        ),
    ),
    "model-data-source-serverless": (
        Direct(of_model({"ModelDataUrl": None, "ModelDataSource": OBJECT}), "not supported with ModelDataSource"),
    ),
    "vpc-permissions": (
        Direct(
            denied("ec2:DescribeVpcs", lambda account: account.model(VpcConfig=VPC)),
            "cannot attach the model to its VPC",
        ),
    ),
    "tags": (
        Direct(_too_many_tags, "at most 50 tags"),
        Direct(
            lambda account: account.model(Tags=[{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]),
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            AWS,
        ),
    ),
    "one-kind-of-hosting": (
        Direct(modelled(variant() | {"ServerlessConfig": SERVERLESS}), "exactly one of InstanceType, InstancePools"),
    ),
    "volume-size": (
        Direct(
            modelled(variant(InstanceType="ml.m5d.large", VolumeSizeInGB=30)),
            "VolumeSize parameter is not allowed for the selected Instance type",
            AWS,
        ),
    ),
    "instance-count": (
        Direct(modelled({"VariantName": "A", "ModelName": "model-1", "InstanceType": "ml.m5.large"}), "needs an"),
        Direct(modelled(serverless() | {"InitialInstanceCount": 1}), "cannot have InitialInstanceCount"),
    ),
    "serverless-memory": (Direct(modelled(serverless(MemorySizeInMB=1500)), "MemorySizeInMB must be one of 1024"),),
    "serverless-provisioned-concurrency": (
        Direct(modelled(serverless(ProvisionedConcurrency=6)), "less than or equal to MaxConcurrency"),
    ),
    "serverless-exclusions": (
        Direct(of_model(VpcConfig=VPC), "not supported with a model with VpcConfig"),
        Direct(of_model(EnableNetworkIsolation=True), "not supported with a model with EnableNetworkIsolation"),
        Direct(modelled(serverless(), DataCaptureConfig=CAPTURE), "not supported with DataCaptureConfig"),
        Direct(modelled(serverless(), **ASYNC), "not supported with AsyncInferenceConfig"),
    ),
    "serverless-image-account": (
        Direct(
            of_model({"Image": "999999999999.dkr.ecr.eu-west-1.amazonaws.com/mine:1"}), "an image of another account"
        ),
    ),
    "serverless-gpu": (
        Direct(
            of_model({"Image": "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-inference:2.6.0-gpu-py312"}),
            "not supported with a GPU image",
        ),
    ),
    "async-capture": (
        Direct(
            lambda account: account.serving(DataCaptureConfig=CAPTURE, **ASYNC),
            "One or more endpoint features are not supported using this configuration.",
            AWS,
        ),
    ),
    "async-variants": (
        Direct(
            lambda account: account.serving(variant("A"), variant("B"), **ASYNC),
            "One or more endpoint features are not supported using this configuration.",
            AWS,
        ),
    ),
    "metric-frequency": (
        Direct(modelled(MetricsConfig={"MetricPublishFrequencyInSeconds": 90}), "must be one of 10, 30, 60"),
    ),
    "prefix-aware-routing": (
        Direct(modelled(variant(RoutingConfig={"RoutingStrategy": "PREFIX_AWARE"})), "requires PrefixLength"),
    ),
    "endpoint-name-case": (
        Direct(_other_case, f'Cannot create already existing endpoint "{PREFIX}endpoint/endpoint-1"', AWS),
    ),
    "config-visible": (Direct(_unseen, "Could not find endpoint configuration", AWS),),
    "config-in-use": (Direct(_in_use, "Cannot delete endpoint configuration"),),
    "update-busy": (
        Direct(_busy, f'Cannot update in-progress endpoint "{PREFIX}endpoint/endpoint-1"', AWS),
        Direct(_deleted_busy, f'Cannot update in-progress endpoint "{PREFIX}endpoint/endpoint-1"', AWS),
        Direct(_failed, "Cannot update failed endpoint"),
    ),
    "update-to-serverless": (Direct(_to(serverless()), "to a serverless endpoint is not supported"),),
    "update-async": (
        Direct(_from_async, "The AsyncInferenceConfig parameter cannot be removed from this endpoint", AWS),
        Direct(_to(**ASYNC), "cannot be added to this endpoint"),
    ),
    "update-components": (
        Direct(
            _to(
                {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1},
                ExecutionRoleArn="arn:aws:iam::111122223333:role/hosting",
            ),
            "between models and inference components is not supported",
        ),
    ),
    "update-instances-of-components": (
        Direct(_other_type_of_components, "Cannot update endpoint with a different instance type", AWS),
    ),
    "managed-instances": (
        Direct(
            modelled(variant(ManagedInstanceScaling={"Status": "ENABLED"})),
            "ManagedInstanceScaling is only supported for inference component endpoints.",
            AWS,
        ),
    ),
    "component-endpoint": (
        Direct(_component_of_a_model, "Inference Components are not supported in this Endpoint", AWS),
    ),
    "update-scaled-type": (Direct(_scaled, 'variant "AllTraffic" is a scalable target'),),
    "rollback-alarms": (Direct(_missing_alarm, "Could not find the CloudWatch alarms"),),
    "guardrail-variants": (Direct(_other_variant, "the variant names of both endpoint configurations must match"),),
    "one-policy": (Direct(deployed(blue_green("ALL_AT_ONCE") | rolling(50)), "not both"),),
    "canary-size": (Direct(deployed(blue_green("CANARY", CanarySize=51)), "CanarySize must be between 0% and 50%"),),
    "linear-step": (
        Direct(deployed(blue_green("LINEAR", LinearStepSize=51)), "LinearStepSize must be between 10% and 50%"),
    ),
    "rolling-batch": (Direct(deployed(rolling(51)), "MaximumBatchSize must be between 5% and 50%"),),
    "guardrail-timeout": (
        Direct(
            deployed(
                {
                    "BlueGreenUpdatePolicy": {
                        **blue_green("CANARY", CanarySize=50)["BlueGreenUpdatePolicy"],
                        "MaximumExecutionTimeoutInSeconds": 600,
                    }
                }
            ),
            "must exceed the sum of the waits (600)",
        ),
    ),
    "rolling-serverless": (Direct(deployed(rolling(50), serverless()), "not supported for serverless"),),
    "package-approved": (Direct(_unapproved, "is not approved: its status is PendingManualApproval"),),
}
SCALING = "a call of Application Auto Scaling, which the engine answers by moto: "
# Why no direct call of SageMaker is refused, and the module that proves what is done instead, if any.
COMPONENTS = "tests/unit/slipway_local/sagemaker/test_inference_components.py"
NOT_DIRECT = {
    "licence-accepted": "no model is gated here",
    "image-config": "no image is pulled, and no words of a refusal were found",
    "additional-sources": "AWS documents them beside ModelDataSource: "
    "tests/unit/slipway_local/sagemaker/test_documented_refusals.py",
    "multi-model-overwritten": "no refusal: tests/unit/slipway_local/sagemaker/test_multi_model.py",
    "multi-model-target": "a call of the runtime: tests/unit/slipway_local/runtime/test_invoke_endpoint.py",
    "container-port": "the labels of an image are not read here",
    "container-target": "a call of the runtime: tests/unit/slipway_local/runtime/test_invoke_endpoint.py",
    "variant-weights": "no refusal: tests/unit/slipway_local/sagemaker/test_sagemaker_weights.py",
    "rolling-variants": "AWS documents it, and no words of a refusal were found",
    "scaling-variants": "no refusal: each variant is registered by a call of its own",
    "environment-secrets": "AWS advises it and refuses nothing",
    "model-data-url": "found while the endpoint is created: tests/unit/slipway_local/hosting/test_model_archive.py",
    "model-data-region": "all buckets of the local stack are in its one Region",
    "vpc-subnets": "found while it is created: tests/unit/slipway_local/sagemaker/test_documented_refusals.py",
    "key-permissions": "IAM refuses the caller: tests/unit/slipway_local/sagemaker/test_documented_refusals.py",
    "isolation": "the container fails, no call does",
    "sts-region": "nothing reports it",
    "prefix-names": "found while the model data are downloaded",
    "vpc-addresses": "no network is here",
    "ami-driver": "no GPU is here",
    "serverless-start": "found while the endpoint is created",
    "update-rollback-failed": "no refusal",
    "delete-role": "nothing refuses the deletion of a role",
    "scaling-schedule": SCALING + "tests/unit/planning/test_aws_rules.py",
    "scaling-from-zero": "no refusal: without the policy it waits: tests/integration/test_asynchronous_hosting.py",
    "scaling-minimum": SCALING + "tests/contract/engine/test_engine_scaling.py",
    "package-completed": "a package is Completed as soon as it is created",
    "package-marketplace": "no package is on AWS Marketplace here",
    "invocation-time": "a call of the runtime: tests/unit/slipway_local/runtime/test_invoke_endpoint.py",
    "volume-key": "AWS ignores it",
    "serverless-region": "below, in a Region of China",
    "serverless-limits": "the limits of an account differ",
    "capture-permission": "AWS reports no error",
    "async-permissions": (
        "found when a response is written: tests/unit/slipway_local/runtime/test_invoke_endpoint_async.py"
    ),
    "systems-manager": "a flag of the account, which no API reports",
    "core-dump-permission": "found when a container crashes",
    "capacity-reservation": "found when instances launch",
    "update-needs-new-config": "AWS documents it, and no refusal was found",
    "update-keeps-size": "no refusal: tests/unit/slipway_local/sagemaker/test_sagemaker_updates.py",
    "guardrails-inf1": "AWS ignores it: tests/unit/slipway_local/sagemaker/test_sagemaker_deployment_rules.py",
    "delete-scaled": "IAM refuses the caller: tests/unit/slipway_local/sagemaker/test_documented_refusals.py",
    "scaling-burstable": SCALING + "tests/contract/engine/test_engine_scaling.py",
    "scaling-serverless": SCALING + "tests/contract/engine/test_engine_scaling.py",
    "scaling-async": SCALING + "tests/contract/engine/test_engine_scaling.py",
    "scaling-capacity": SCALING + "tests/contract/engine/test_engine_scaling.py",
    "scaling-service-role": SCALING + "tests/contract/engine/test_engine_scaling.py",
    "scaling-consistency": SCALING + "tests/contract/engine/test_engine_scaling.py",
    "payload-size": "a call of the runtime: tests/unit/slipway_local/runtime/test_invoke_endpoint.py",
    "async-invocation": "a call of the runtime: tests/unit/slipway_local/runtime/test_invoke_endpoint.py",
    "component-names": COMPONENTS,
    "component-names-differ": COMPONENTS,
    "component-memory": "a shape: the newest botocore refuses it itself",
    "component-model": COMPONENTS,
    "component-capacity": "components share this machine",
    "component-busy": COMPONENTS,
    "component-deletion": COMPONENTS,
    "component-adapters": "no server here loads adapters",
    "copy-tags": "a call of S3: tests/contract/engine/test_engine_iam.py",
}
CASES = [(key, number) for key, cases in DIRECT.items() for number in range(len(cases))]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Loopback, Any]]:
    with serving() as loopback:
        client = loopback.client()
        yield loopback, client
        client.close()


@pytest.fixture
def account(server: tuple[Loopback, Any]) -> Iterator[Account]:
    made = Account(*server)
    yield made
    made.loopback.finish()
    made.world.sagemaker.reset()
    made.world.roles.denied.clear()
    made.world.roles.unknown.clear()
    made.world.alarms.missing.clear()
    made.world.targets.scaled.clear()


@pytest.mark.parametrize(("key", "number"), CASES)
def test_a_direct_call_that_breaks_a_rule_is_refused(account: Account, key: str, number: int) -> None:
    case = DIRECT[key][number]

    with pytest.raises(ClientError) as caught:
        case.calls(account)

    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("ValidationException", 400)
    assert case.words in answer["Error"]["Message"]


def test_serverless_inference_is_refused_in_a_region_of_china() -> None:
    with serving("cn-north-1") as loopback:
        client = loopback.client()
        account = Account(loopback, client)
        with pytest.raises(ClientError, match="not supported with the China Regions"):
            of_model({"Image": "685385470294.dkr.ecr.cn-north-1.amazonaws.com.cn/object-detection:1"})(account)
        client.close()


def test_every_rule_has_a_direct_call_or_a_reason() -> None:
    keys = {rule.key for rule in AWS_RULES}
    assert DIRECT.keys() | NOT_DIRECT.keys() == keys
    assert not DIRECT.keys() & NOT_DIRECT.keys()


def test_a_reason_that_names_a_module_names_one_that_is_there() -> None:
    named = [word for reason in NOT_DIRECT.values() for word in reason.split() if word.startswith("tests/")]
    assert [name for name in named if not (ROOT / name).is_file()] == []
