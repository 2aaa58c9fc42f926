"""The owner's limits: what is beyond them is refused by name, with the parameter, before anything is made."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from slipway.deployment.limits import (
    ExecutionRoleNotAllowed,
    HostingLocked,
    IdleWindowTooShort,
    InstanceTypeNotAllowed,
    KmsKeyNotAllowed,
    LimitExceeded,
    Limits,
    ModelBucketNotAllowed,
    OutputNotAllowed,
    RegistryNotAllowed,
    TooManyInstances,
    VpcNotAllowed,
    check_endpoint_config,
)
from slipway.deployment.plan import Plan
from slipway.deployment.settings import Settings
from slipway.errors import RoleNotAssumable
from slipway.hosting.requests import model_request
from slipway.images.plan_image import resolve_image_of
from slipway.planning.plan_deployment import plan_deployment
from slipway.preflight.check_account import check_account
from tests.fakes.account import FakeExecutionRoles, FakeInstanceQuotas
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.services import SETTINGS
from tests.fakes.sources import IMAGE, EverySource, FakeSources, model_package, training_job
from tests.fakes.storage import FakeStorage
from tests.unit.deployments import Deployment, Redeployment
from tests.unit.execution import BASE, artifact, execution, planned_image
from tests.workflow.deployed_stack import environment_of

OWNERS = "arn:aws:iam::111122223333:role/vision-models"
STRANGERS = "444455556666.dkr.ecr.us-east-1.amazonaws.com/theirs:1"
PRIVATE = {
    "ImageUri": "registry.example.com:5000/team/server:1",
    "ImageConfig": {"RepositoryAccessMode": "Vpc"},
    "ExecutionRoleArn": OWNERS,
    "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]},
}
PACKAGE = "arn:aws:sagemaker:us-east-1:111122223333:model-package/digits/1"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
LIMITS = Limits(
    instance_types=("ml.m5.*", "ml.c5.large", "serverless"),
    instances=4,
    registries=("aws", "own"),
    account_id="111122223333",
    execution_roles=(SETTINGS.execution_role_arn, OWNERS),
    model_buckets=("models",),
    vpc_models=False,
    kms_keys=(KEY,),
    idle_minutes=60,
)
POOLS = [{"InstanceType": "ml.m5.large", "Priority": 1}, {"InstanceType": "ml.p5.48xlarge", "Priority": 2}]
SCALING = {"MinCapacity": 1, "MaxCapacity": 5, "TargetInvocationsPerInstance": 600}
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}
OTHER_KEY = {"KmsKeyId": "alias/other"}
CAPTURE = {
    "InitialSamplingPercentage": 10,
    "DestinationS3Uri": "s3://models/inference/captured/",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
KEYS_OF_A_DEPLOYMENT = {
    "KmsKeyId": OTHER_KEY,
    "CoreDumpConfig.KmsKeyId": {"CoreDumpConfig": {"DestinationS3Uri": "s3://models/inference/dumps/"} | OTHER_KEY},
    "DataCaptureConfig.KmsKeyId": {"DataCaptureConfig": CAPTURE | OTHER_KEY},
    "AsyncInferenceConfig.OutputConfig.KmsKeyId": {
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://models/inference/out/"} | OTHER_KEY}
    },
}
TOPIC = "arn:aws:sns:us-east-1:111122223333:answers"
OUTPUT_FIELDS: dict[str, dict[str, Any]] = {
    "S3OutputPath is s3://others/inference/": {"S3OutputPath": "s3://others/inference/"},
    "S3FailurePath is s3://models/failed/": {"S3FailurePath": "s3://models/failed/"},
    f"NotificationConfig.SuccessTopic is {TOPIC}": {"NotificationConfig": {"SuccessTopic": TOPIC}},
    f"NotificationConfig.ErrorTopic is {TOPIC}": {"NotificationConfig": {"ErrorTopic": TOPIC}},
}
OUTPUTS: dict[str, dict[str, Any]] = {
    "DataCaptureConfig.DestinationS3Uri is s3://models/captured/": {
        "DataCaptureConfig": CAPTURE | {"DestinationS3Uri": "s3://models/captured/"}
    },
    "CoreDumpConfig.DestinationS3Uri is s3://models/dumps/": {
        "CoreDumpConfig": {"DestinationS3Uri": "s3://models/dumps/"}
    },
    **{
        f"AsyncInferenceConfig.OutputConfig.{words}": {
            "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://models/inference/out/", **output}}
        }
        for words, output in OUTPUT_FIELDS.items()
    },
}
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
UPLOAD = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "detail": {"bucket": {"name": "models"}, "object": {"key": "models/digits/model.tar.gz"}},
}


def limited(**limits: Any) -> Settings:
    return replace(SETTINGS, limits=replace(LIMITS, **limits))


def planned(limits: dict[str, Any] | None = None, /, **fields: Any) -> Plan:
    return plan_deployment(
        {**BASE, **fields}, execution(), FakeStorage().side_file, EverySource(), limited(**limits or {})
    )


@pytest.mark.parametrize(
    ("fields", "error", "words", "parameter"),
    [
        (
            {"InstanceType": "ml.p5.48xlarge"},
            InstanceTypeNotAllowed,
            "ml.m5.* or ml.c5.large or serverless",
            "AllowedInstanceTypes",
        ),
        ({"InstanceType": "ml.c5.xlarge"}, InstanceTypeNotAllowed, "is ml.c5.xlarge", "AllowedInstanceTypes"),
        ({"InstancePools": POOLS}, InstanceTypeNotAllowed, "ml.p5.48xlarge", "AllowedInstanceTypes"),
        ({"InitialInstanceCount": 5}, TooManyInstances, "InitialInstanceCount is 5", "MaxInstances"),
        ({"AutoScaling": SCALING}, TooManyInstances, "AutoScaling.MaxCapacity is 5", "MaxInstances"),
        ({"IdleAfterMinutes": 59}, IdleWindowTooShort, "IdleAfterMinutes is 59", "MinIdleAfterMinutes"),
        (
            {"ExecutionRoleArn": "arn:aws:iam::111122223333:role/Administrator"},
            ExecutionRoleNotAllowed,
            "Administrator",
            "AllowedExecutionRoles",
        ),
        ({"VpcConfig": VPC}, VpcNotAllowed, "name a role that has them in ExecutionRoleArn", "VpcModels"),
        *((fields, OutputNotAllowed, words, "AllowedExecutionRoles") for words, fields in OUTPUTS.items()),
        *(
            (fields, KmsKeyNotAllowed, f"{where} is alias/other", "AllowedKmsKeys")
            for where, fields in KEYS_OF_A_DEPLOYMENT.items()
        ),
        (
            {"ModelDataUrl": "s3://models-of-others/model.tar.gz"},
            ModelBucketNotAllowed,
            "s3://models-of-others/model.tar.gz",
            "SecondModelBucket",
        ),
    ],
)
def test_an_exceeded_limit_is_refused_with_its_parameter(
    fields: dict[str, Any], error: type[LimitExceeded], words: str, parameter: str
) -> None:
    with pytest.raises(error) as caught:
        planned(**fields)

    assert words in str(caught.value)
    assert str(caught.value).endswith(f"ask the stack's owner to change the parameter {parameter}.")
    assert str(caught.value).count(". ") == 0


@pytest.mark.parametrize("fields", [{"VpcConfig": VPC}, *OUTPUTS.values()])
def test_the_stacks_own_role_is_held_to_its_permissions_also_when_it_is_named(fields: dict[str, Any]) -> None:
    with pytest.raises((VpcNotAllowed, OutputNotAllowed)):
        planned(ExecutionRoleArn=SETTINGS.execution_role_arn, **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"InstanceType": "ml.m5.24xlarge", "InitialInstanceCount": 4},
        {"InstanceType": "ml.c5.large"},
        {"ServerlessConfig": SERVERLESS},
        {"ExecutionRoleArn": OWNERS},
        *({"ExecutionRoleArn": OWNERS, **fields} for fields in OUTPUTS.values()),
        {"ExecutionRoleArn": OWNERS, "VpcConfig": VPC},
        {"KmsKeyId": KEY},
        {"AutoScaling": {**SCALING, "MaxCapacity": 4}},
    ],
)
def test_an_input_within_the_limits_is_planned(fields: dict[str, Any]) -> None:
    assert planned(**fields)["EndpointName"] == "digits"


@pytest.mark.parametrize(
    ("allowed", "fields", "said"),
    [(("ml.*",), {"ServerlessConfig": SERVERLESS}, "is serverless"), (("ml.t2.*",), {}, r"is ml\.m5\.large")],
    ids=["serverless is a word of its own", "the stack's default"],
)
def test_instance_types_are_limited_by_the_owners_list(
    allowed: tuple[str, ...], fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(InstanceTypeNotAllowed, match=said):
        planned({"instance_types": allowed}, **fields)


@pytest.mark.parametrize("instance_type", ["ml.m50.large", "ml.mm5.large"])
def test_a_pattern_matches_the_whole_type(instance_type: str) -> None:
    config = {"EndpointConfigName": "c", "ProductionVariants": [{"InstanceType": instance_type}]}

    with pytest.raises(InstanceTypeNotAllowed):
        check_endpoint_config(config, LIMITS)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("InstanceType", "ml.m5.xlarge"),
        ("InitialInstanceCount", 2),
        ("ServerlessConfig", SERVERLESS),
        ("ExecutionRoleArn", OWNERS),
        ("VpcConfig", {}),
        ("Protected", True),
        ("NoFieldAtAll", 1),
    ],
)
def test_a_side_file_cannot_set_hosting_when_it_is_locked(field: str, value: object) -> None:
    with pytest.raises(HostingLocked, match=f"{field} in models/digits/deployment.json says how to host"):
        of_upload({field: value}, side_file_hosting=False)


def test_a_side_file_can_set_other_fields_when_hosting_is_locked() -> None:
    side_file = {"Framework": "xgboost", "Environment": {"LOG_LEVEL": "info"}, "Tags": [], "DeadlineMinutes": 5}

    assert of_upload(side_file, side_file_hosting=False)["Variant"]["InstanceType"] == SETTINGS.default_instance_type
    assert of_upload({"InitialInstanceCount": 2})["Variant"]["InitialInstanceCount"] == 2


def of_upload(side_file: object, **limits: Any) -> Plan:
    storage = FakeStorage()
    storage.put("models", "models/digits/deployment.json", json.dumps(side_file).encode())
    return plan_deployment(UPLOAD, execution(), storage.side_file, FakeSources(), limited(**limits))


def test_a_training_jobs_artifact_must_be_in_an_allowed_bucket() -> None:
    sources = FakeSources()
    sources.jobs["mine"] = training_job(ModelArtifacts={"S3ModelArtifacts": "s3://training/out/model.tar.gz"})

    with pytest.raises(ModelBucketNotAllowed):
        plan_deployment(
            {"EndpointName": "e", "TrainingJobName": "mine"}, execution(), FakeStorage().side_file, sources, limited()
        )


@pytest.mark.parametrize(
    "container",
    [
        {"Image": IMAGE, "ModelDataUrl": "s3://others/model.tar.gz"},
        {"Image": IMAGE, "ModelDataSource": {"S3DataSource": {"S3Uri": "s3://others/", "S3DataType": "S3Prefix"}}},
        {"Image": IMAGE, "AdditionalModelDataSources": [{"S3DataSource": {"S3Uri": "s3://others/more/"}}]},
        {"Image": IMAGE, "AdditionalS3DataSource": {"S3Uri": "s3://others/more/", "S3DataType": "S3Object"}},
    ],
)
def test_all_data_of_a_model_package_must_be_in_an_allowed_bucket(container: dict[str, Any]) -> None:
    with pytest.raises(ModelBucketNotAllowed):
        of_package({"Image": IMAGE}, container)


def of_package(*containers: dict[str, Any]) -> Plan:
    sources = FakeSources()
    sources.packages[PACKAGE] = model_package(*containers)
    request = {"EndpointName": "e", "ModelPackageArn": PACKAGE}
    return plan_deployment(request, execution(), FakeStorage().side_file, sources, limited())


@pytest.mark.parametrize(
    ("fields", "registries", "allowed"),
    [
        ({"Framework": "sklearn"}, ("aws",), True),
        ({"Framework": "sklearn"}, ("own",), False),
        ({"ImageUri": IMAGE}, ("aws",), True),
        ({"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1"}, ("own",), True),
        ({"ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1"}, ("aws",), False),
        ({"ImageUri": STRANGERS}, ("aws", "own"), False),
        ({"ImageUri": STRANGERS}, ("444455556666",), True),
        (PRIVATE, ("aws", "own"), False),
        (PRIVATE, ("registry.example.com:5000",), True),
        (PRIVATE | {"ImageUri": STRANGERS}, ("registry.example.com:5000",), False),
    ],
)
def test_images_come_from_the_registries_that_the_owner_allows(
    fields: dict[str, Any], registries: tuple[str, ...], allowed: bool
) -> None:
    settings = limited(registries=registries)
    if allowed:
        assert resolve_image_of(planned(**fields), settings)["ImageUri"]
        return
    with pytest.raises(RegistryNotAllowed, match="change the parameter AllowedRegistries"):
        resolve_image_of(planned(**fields), settings)


def test_every_image_of_a_model_package_is_checked() -> None:
    with pytest.raises(RegistryNotAllowed, match="444455556666"):
        resolve_image_of(of_package({"Image": IMAGE}, {"Image": STRANGERS}), limited())


def test_an_allowed_role_is_checked_and_made_part_of_the_model() -> None:
    plan = planned(ExecutionRoleArn=OWNERS)
    roles = FakeExecutionRoles(OWNERS)
    roles.policies[OWNERS] = {"Statement": []}

    request = model_request(plan, planned_image(), artifact(), SETTINGS.execution_role_arn)

    assert request["ExecutionRoleArn"] == OWNERS
    assert (
        request["ModelName"]
        != model_request(planned(), planned_image(), artifact(), SETTINGS.execution_role_arn)["ModelName"]
    )
    with pytest.raises(RoleNotAssumable, match="vision-models"):
        check_account(plan, SETTINGS.execution_role_arn, roles, FakeInstanceQuotas())


@pytest.mark.parametrize(
    ("variants", "error"),
    [
        ([{"InstanceType": "ml.p5.48xlarge", "InitialInstanceCount": 1}], InstanceTypeNotAllowed),
        ([{"InstancePools": POOLS}], InstanceTypeNotAllowed),
        ([{"InstanceType": "ml.m5.large", "InitialInstanceCount": 3}] * 2, TooManyInstances),
        ([{"InstanceType": "ml.m5.large", "ManagedInstanceScaling": {"MaxInstanceCount": 9}}], TooManyInstances),
    ],
)
def test_an_existing_configuration_beyond_the_limits_is_not_redeployed(
    sagemaker: FakeSageMaker, variants: list[dict[str, Any]], error: type[LimitExceeded]
) -> None:
    model = Deployment(sagemaker).model()["ModelName"]
    made = [{"VariantName": str(number), "ModelName": model, **variant} for number, variant in enumerate(variants)]
    sagemaker.create_endpoint_config({"EndpointConfigName": "wide", "ProductionVariants": made}, [])
    again = Redeployment(sagemaker, "wide")
    again.settings = limited()

    with pytest.raises(error, match="EndpointConfigName is wide"):
        again.turn()

    assert sagemaker.names("endpoint") == []


def test_shadow_variants_count_too() -> None:
    shadow = [{"InstanceType": "ml.m5.large", "InitialInstanceCount": 4}]
    config = {"EndpointConfigName": "c", "ProductionVariants": shadow, "ShadowProductionVariants": shadow}

    with pytest.raises(TooManyInstances, match="is 8"):
        check_endpoint_config(config, LIMITS)


def test_inherited_scaling_beyond_the_limits_is_refused(sagemaker: FakeSageMaker) -> None:
    deployment = Deployment(sagemaker, AutoScaling=SCALING)
    deployment.settings = limited()

    with pytest.raises(TooManyInstances, match="MaxCapacity of the AutoScaling that digits had is 5"):
        deployment.endpoint()

    assert sagemaker.names("endpoint") == []


def test_the_templates_defaults_allow_aws_and_the_accounts_own_and_nothing_else() -> None:
    planning = Limits.from_environment(environment_of("PlanDeploymentFunction"))
    resolving = Limits.from_environment(environment_of("ResolveImageFunction"))

    assert resolving.registries == ("aws", "own")
    assert resolving.account_id
    assert (len(planning.execution_roles or ()), planning.model_buckets) == (1, ("slipway-models",))
    assert (planning.instance_types, planning.instances) == (("ml.*", "serverless"), 10)
    assert Limits.from_environment(environment_of("CreateEndpointFunction")).instances == 10


def test_a_function_without_limits_allows_nothing() -> None:
    settings = replace(SETTINGS, limits=Limits.from_environment({}))

    with pytest.raises(LimitExceeded):
        plan_deployment(BASE, execution(), FakeStorage().side_file, FakeSources(), settings)
