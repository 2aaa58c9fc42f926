"""Each rule of AWS that a deployment input can break is refused by a named error; the others say what proves them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from slipway.errors import InputRefused
from slipway.planning.contract.aws_rules import AWS_RULES, Treatment
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check

ROOT = Path(__file__).parents[3]
BASE = {"EndpointName": "e", "ModelDataUrl": "s3://bucket/model.tar.gz", "Framework": "sklearn"}
INSTANCES = BASE | {"InstanceType": "ml.m5.large", "InitialInstanceCount": 4}
SERVERLESS = BASE | {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
ASYNC = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://bucket/out/"}}}
CAPTURE = {
    "DataCaptureConfig": {
        "InitialSamplingPercentage": 10,
        "DestinationS3Uri": "s3://bucket/captured/",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
}
SKLEARN = {"ModelDataUrl": "s3://bucket/model.tar.gz", "Framework": "sklearn"}
CONTAINERS = {"EndpointName": "e", "InstanceType": "ml.m5.large", "Containers": [SKLEARN, SKLEARN]}
DIRECT = {
    "Containers": [SKLEARN | {"ContainerHostname": name} for name in ("one", "other")],
    "InferenceExecutionConfig": {"Mode": "Direct"},
}
MANY = INSTANCES | {"ModelDataUrl": "s3://bucket/many/", "Mode": "MultiModel"}
BLUE, GREEN = (SKLEARN | {"VariantName": name, "InstanceType": "ml.m5.large"} for name in ("blue", "green"))
VARIANTS = {"EndpointName": "e", "ProductionVariants": [BLUE, GREEN]}
SHADOWED = {"EndpointName": "e", "ProductionVariants": [BLUE], "ShadowProductionVariants": [GREEN]}
PAYLOAD = {"PayloadUrl": "s3://bucket/x", "ContentType": "text/csv"}
DENIED = {"ModelAccessConfig": {"AcceptEula": False}}
DRAFT: dict[str, Any] = {
    "ChannelName": "draft",
    "S3DataSource": {"S3Uri": "s3://bucket/draft/", "S3DataType": "S3Prefix", "CompressionType": "None"},
}
VPC_REGISTRY = {
    "RepositoryAccessMode": "Vpc",
    "RepositoryAuthConfig": {"RepositoryCredentialsProviderArn": "arn:aws:lambda:us-east-1:111122223333:function:f"},
}
PRIVATE = {name: value for name, value in INSTANCES.items() if name != "Framework"} | {
    "ImageUri": "registry.example.com/server:1",
    "ImageConfig": VPC_REGISTRY,
}
SUBNETS = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]}


def serverless(**members: int) -> dict[str, Any]:
    return BASE | {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5, **members}}


def blue_green(routing: dict[str, Any], **members: int) -> dict[str, Any]:
    policy = {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": 60, **routing}, **members}
    return INSTANCES | {"DeploymentConfig": {"BlueGreenUpdatePolicy": policy}}


def rolling(percent: int) -> dict[str, Any]:
    size = {"Type": "CAPACITY_PERCENT", "Value": percent}
    return {"DeploymentConfig": {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 60}}}


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def scaled(**members: int) -> dict[str, Any]:
    return {"AutoScaling": {"MinCapacity": 1, "MaxCapacity": 4, "TargetInvocationsPerInstance": 100, **members}}


TO_ZERO = {"MinCapacity": 0, "MaxCapacity": 4, "TargetBacklogPerInstance": 5}


def scheduled(**members: Any) -> dict[str, Any]:
    schedule = {"ScheduleExpression": "cron(0 8 ? * MON-FRI *)", "MinCapacity": 1, "MaxCapacity": 4, **members}
    return {**scaled()["AutoScaling"], "Schedules": [schedule]}


# For each rule: inputs that break it, each with the text that names the field; and one beside it that keeps it.
BROKEN: dict[str, list[tuple[dict[str, Any], str]]] = {
    "image-config": [
        (INSTANCES | {"ImageConfig": VPC_REGISTRY}, "ImageUri is missing"),
        (
            PRIVATE | {"ImageConfig": {**VPC_REGISTRY, "RepositoryAccessMode": "Platform"}},
            "RepositoryAccessMode Platform",
        ),
        (PRIVATE, "VpcConfig is missing"),
        (
            {name: value for name, value in PRIVATE.items() if "Instance" not in name}
            | {"ServerlessConfig": SERVERLESS["ServerlessConfig"]},
            "ServerlessConfig and ImageConfig",
        ),
    ],
    "licence-accepted": [
        (
            INSTANCES
            | {"AdditionalModelDataSources": [{**DRAFT, "S3DataSource": {**DRAFT["S3DataSource"], **DENIED}}]},
            r"AdditionalModelDataSources[0].S3DataSource.ModelAccessConfig.AcceptEula is false",
        ),
    ],
    "additional-sources": [
        (INSTANCES | {"AdditionalModelDataSources": [DRAFT, DRAFT]}, "two of ChannelName draft"),
        (SERVERLESS | {"AdditionalModelDataSources": [DRAFT]}, "AdditionalModelDataSources and ServerlessConfig"),
        (MANY | {"AdditionalModelDataSources": [DRAFT]}, "AdditionalModelDataSources and Mode"),
    ],
    "environment-size": [
        (INSTANCES | {"Environment": {"A": "é" * 513}}, "Environment.A has 1026 bytes"),
        (INSTANCES | {"Environment": {f"K{n}": "v" * 1000 for n in range(33)}}, "32768 together"),
        (
            CONTAINERS | {"Containers": [SKLEARN | {"Environment": {f"K{n}": "v" * 1000 for n in range(17)}}] * 2},
            "32768 together",
        ),
    ],
    "one-container": [(CONTAINERS | {name: value}, f"Containers and {name}") for name, value in SKLEARN.items()],
    "container-names": [
        (CONTAINERS | {"InferenceExecutionConfig": {"Mode": "Direct"}}, "Containers[0].ContainerHostname is missing"),
        (CONTAINERS | {"Containers": [SKLEARN | {"ContainerHostname": "one"}, SKLEARN]}, "Containers[1]."),
        (CONTAINERS | {"Containers": [SKLEARN | {"ContainerHostname": "one"}] * 2}, "two of ContainerHostname one"),
    ],
    "container-execution": [
        (INSTANCES | {"InferenceExecutionConfig": {"Mode": "Serial"}}, "InferenceExecutionConfig and a")
    ],
    "container-target": [
        (CONTAINERS | DIRECT | {"SmokeTest": PAYLOAD}, "TargetContainerHostname is missing"),
        (CONTAINERS | DIRECT | {"SmokeTest": PAYLOAD | {"TargetContainerHostname": "third"}}, "is third"),
        (CONTAINERS | {"SmokeTest": PAYLOAD | {"TargetContainerHostname": "one"}}, "invoked directly"),
        (INSTANCES | {"SmokeTest": PAYLOAD | {"TargetContainerHostname": "one"}}, "invoked directly"),
    ],
    "multi-model-prefix": [
        (INSTANCES | {"Mode": "MultiModel"}, "must be the prefix of the archives"),
        (INSTANCES | {"MultiModelConfig": {"ModelCacheSetting": "Enabled"}}, "MultiModelConfig and a container of one"),
        (
            {"EndpointName": "e", "TrainingJobName": "j", "InstanceType": "ml.m5.large", "Mode": "MultiModel"},
            "Mode MultiModel and TrainingJobName",
        ),
    ],
    "multi-model-exclusions": [
        (MANY | ASYNC, "Mode MultiModel and AsyncInferenceConfig"),
        (
            BASE
            | {"ModelDataUrl": "s3://bucket/many/", "Mode": "MultiModel"}
            | {"ServerlessConfig": SERVERLESS["ServerlessConfig"]},
            "Mode MultiModel and ServerlessConfig",
        ),
        (MANY | {"InstanceType": "ml.g5.xlarge"}, "Mode MultiModel and ml.g5.xlarge"),
        (
            CONTAINERS | {"Containers": [SKLEARN | {"ModelDataUrl": "s3://bucket/many/", "Mode": "MultiModel"}] * 2},
            "more than one of Mode MultiModel",
        ),
    ],
    "multi-model-target": [
        (MANY | {"SmokeTest": PAYLOAD}, "SmokeTest.TargetModel is missing"),
        (INSTANCES | {"SmokeTest": PAYLOAD | {"TargetModel": "a.tar.gz"}}, "SmokeTest.TargetModel is for"),
    ],
    "async-variants": [
        (VARIANTS | ASYNC, "AsyncInferenceConfig and several variants"),
        (SHADOWED | ASYNC, "AsyncInferenceConfig and several variants"),
        (
            VARIANTS
            | {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
            | {
                "ProductionVariants": [{key: one[key] for key in one if key != "InstanceType"} for one in (BLUE, GREEN)]
            },
            "ServerlessConfig and several variants",
        ),
    ],
    "variant-names": [
        (VARIANTS | {"ProductionVariants": [BLUE, BLUE]}, "two of VariantName blue"),
        (SHADOWED | {"ShadowProductionVariants": [BLUE]}, "two of VariantName blue"),
    ],
    "shadow-variants": [
        (VARIANTS | {"ShadowProductionVariants": [GREEN | {"VariantName": "s"}]}, "and 2 ProductionVariants"),
        (INSTANCES | {"ShadowProductionVariants": [GREEN]}, "add ProductionVariants"),
    ],
    "rolling-variants": [(VARIANTS | rolling(50), "RollingUpdatePolicy is not for endpoints with several variants")],
    "async-containers": [(CONTAINERS | ASYNC, "AsyncInferenceConfig and Containers")],
    "environment-secrets": [(INSTANCES | {"Environment": {"HF_TOKEN": "hf_x"}}, "Environment.HF_TOKEN")],
    "model-data-url": [(INSTANCES | {"ModelDataUrl": "s3://bucket/model.zip"}, "ModelDataUrl")],
    "vpc-subnets": [
        (INSTANCES | {"VpcConfig": SUBNETS | {"Subnets": ["subnet-1"]}}, "VpcConfig.Subnets"),
        (INSTANCES | {"VpcConfig": SUBNETS | {"Subnets": ["subnet-1", "subnet-1"]}}, "VpcConfig.Subnets"),
    ],
    "isolation": [
        (INSTANCES | {"EnableNetworkIsolation": True, "Environment": {"HF_MODEL_ID": "org/model"}}, "HF_MODEL_ID")
    ],
    "tags": [(INSTANCES | {"Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(31)]}, "Tags has 31")],
    "one-kind-of-hosting": [(SERVERLESS | {"InstanceType": "ml.m5.large"}, "InstanceType and ServerlessConfig")],
    "volume-size": [
        (INSTANCES | {"InstanceType": name, "VolumeSizeInGB": 30}, name)
        for name in (
            "ml.m5d.large",
            "ml.g4dn.xlarge",
            "ml.p4d.24xlarge",
            "ml.g5.xlarge",
            "ml.g6e.xlarge",
            "ml.trn1.2xlarge",
        )
    ]
    + [
        (
            BASE
            | {
                "VolumeSizeInGB": 30,
                "InstancePools": [
                    {"InstanceType": "ml.m5.large", "Priority": 1},
                    {"InstanceType": "ml.g5.xlarge", "Priority": 2},
                ],
            },
            "ml.g5.xlarge",
        )
    ],
    "serverless-memory": [(serverless(MemorySizeInMB=1500), "ServerlessConfig.MemorySizeInMB is 1500")],
    "serverless-provisioned-concurrency": [(serverless(ProvisionedConcurrency=6), "ProvisionedConcurrency is 6")],
    "serverless-exclusions": [
        (SERVERLESS | fields, next(iter(fields)))
        for fields in ({"VpcConfig": SUBNETS}, {"EnableNetworkIsolation": True}, CAPTURE, ASYNC)
    ]
    + [
        (
            {
                "EndpointName": "e",
                "Containers": [SKLEARN, SKLEARN],
                "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
            },
            "Containers",
        )
    ],
    "serverless-region": [(SERVERLESS, "cn-north-1")],
    "metric-frequency": [
        (
            INSTANCES | {"MetricsConfig": {"MetricPublishFrequencyInSeconds": 61}},
            "InSeconds is 61",
        )
    ],
    "prefix-aware-routing": [(INSTANCES | {"RoutingConfig": {"RoutingStrategy": "PREFIX_AWARE"}}, "PREFIX_AWARE")],
    "systems-manager": [(INSTANCES | {"EnableSSMAccess": True}, "ExecutionRoleArn is missing")],
    "async-capture": [(INSTANCES | ASYNC | CAPTURE, "DataCaptureConfig")],
    "one-policy": [
        (
            INSTANCES
            | {
                "DeploymentConfig": {
                    **rolling(20)["DeploymentConfig"],
                    "BlueGreenUpdatePolicy": {
                        "TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
                    },
                }
            },
            "BlueGreenUpdatePolicy and RollingUpdatePolicy",
        )
    ],
    "canary-size": [(blue_green({"Type": "CANARY", "CanarySize": percent(51)}), "CanarySize")],
    "linear-step": [(blue_green({"Type": "LINEAR", "LinearStepSize": percent(51)}), "LinearStepSize")],
    "rolling-batch": [(INSTANCES | rolling(51), "MaximumBatchSize")],
    "guardrail-timeout": [
        (
            blue_green(
                {"Type": "CANARY", "CanarySize": percent(25), "WaitIntervalInSeconds": 900},
                MaximumExecutionTimeoutInSeconds=600,
            ),
            "MaximumExecutionTimeoutInSeconds",
        )
    ],
    "rolling-serverless": [(SERVERLESS | rolling(20), "RollingUpdatePolicy")],
    "guardrails-inf1": [(INSTANCES | rolling(50) | {"InstanceType": "ml.inf1.xlarge"}, "ml.inf1.xlarge")],
    "scaling-burstable": [(INSTANCES | scaled() | {"InstanceType": "ml.t2.medium"}, "ml.t2.medium")],
    "scaling-serverless": [(SERVERLESS | scaled(), "AutoScaling and ServerlessConfig")],
    "scaling-async": [
        (INSTANCES | ASYNC | scaled(), "AutoScaling.TargetInvocationsPerInstance and AsyncInferenceConfig"),
        (INSTANCES | {"AutoScaling": TO_ZERO}, "AutoScaling.TargetBacklogPerInstance needs AsyncInferenceConfig"),
    ],
    "scaling-schedule": [
        (INSTANCES | {"AutoScaling": scheduled(ScheduleExpression="cron(0 8 * * MON-FRI *)")}, "must be ?"),
        (INSTANCES | {"AutoScaling": scheduled(ScheduleExpression="cron(0 8 ? * ? *)")}, "must be ?"),
        (INSTANCES | {"AutoScaling": scheduled(Timezone="Europe/Atlantis")}, "Timezone is Europe/Atlantis"),
    ],
    "scaling-minimum": [(INSTANCES | scaled(MinCapacity=0), "AutoScaling.MinCapacity is 0")],
    "instance-count": [(SERVERLESS | {"InitialInstanceCount": 1}, "ServerlessConfig and InitialInstanceCount")],
    "scaling-capacity": [
        (INSTANCES | scaled(MinCapacity=5), "AutoScaling.MinCapacity"),
        (INSTANCES | scaled(MaxCapacity=3), "InitialInstanceCount"),
    ],
    "async-invocation": [
        (INSTANCES | ASYNC | {"SmokeTest": {"PayloadUrl": "s3://bucket/x", "ContentType": "text/csv"}}, "SmokeTest")
    ],
}
# What is refused by a later step than the input's own check: the module that tests its error.
PROVED_BY = {
    "model-data-region": "contract/slipway/test_storage_ports.py",
    "image-region": "unit/images/test_image_uri.py",
    "package-approved": "unit/planning/test_model_source.py",
    "update-to-serverless": "unit/preflight/test_check_transition.py",
    "update-async": "unit/preflight/test_check_transition.py",
    "vpc-permissions": "unit/planning/test_owner_limits.py",
    "key-permissions": "unit/planning/test_owner_limits.py",
    "serverless-image-account": "unit/images/test_resolve_image_state.py",
    "serverless-gpu": "unit/images/test_fit.py",
    "capture-permission": "unit/planning/test_owner_limits.py",
    "core-dump-permission": "unit/planning/test_owner_limits.py",
    "async-permissions": "unit/planning/test_owner_limits.py",
    "rollback-alarms": "unit/preflight/test_check_alarms.py",
    "prefix-names": "unit/preflight/test_inspect_prefix.py",
    "image-form": "unit/images/test_image_uri.py",
    "execution-role": "unit/preflight/test_check_account.py",
    "guardrail-variants": "unit/preflight/test_check_transition.py",
    "update-components": "unit/preflight/test_check_transition.py",
    "update-instances-of-components": "workflow/test_components.py",
    "component-endpoint": "workflow/test_components.py",
    "component-names": "unit/hosting/test_deploy_components.py",
    "component-names-differ": "unit/planning/test_components.py",
    "component-memory": "unit/planning/test_components.py",
    "component-adapters": "unit/planning/test_components.py",
    "managed-instances": "unit/planning/test_components.py",
    "package-completed": "unit/planning/test_model_source.py",
    "payload-size": "unit/smoke_test/test_smoke_test.py",
}


def named(key: str) -> Any:
    return next(rule for rule in AWS_RULES if rule.key == key)


@pytest.mark.parametrize(
    ("key", "document", "words"), [(key, *case) for key, cases in BROKEN.items() for case in cases]
)
def test_an_input_that_breaks_a_rule_is_refused_by_name(key: str, document: dict[str, Any], words: str) -> None:
    with pytest.raises(InputRefused) as caught:
        check_rules(check(document), region="cn-north-1" if key == "serverless-region" else "us-east-1")

    assert type(caught.value).__name__ in named(key).how
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        INSTANCES | {"Environment": {"A": "é" * 512}, "VpcConfig": SUBNETS, "VolumeSizeInGB": 512},
        INSTANCES | {"Environment": {f"K{n:02}": "v" * 1021 for n in range(32)}},
        INSTANCES | {"EnableNetworkIsolation": True, "Environment": {"HF_MODEL_ID": "/opt/ml/model"}},
        INSTANCES | {"InstanceType": "ml.g5.xlarge"},
        INSTANCES | {"InstanceType": "ml.p3.2xlarge", "VolumeSizeInGB": 30},
        serverless(MemorySizeInMB=6144, ProvisionedConcurrency=5),
        INSTANCES | rolling(50),
        INSTANCES | ASYNC,
        INSTANCES | CAPTURE,
        INSTANCES | {"MetricsConfig": {"MetricPublishFrequencyInSeconds": 10}},
        INSTANCES | {"RoutingConfig": {"RoutingStrategy": "KV_AWARE"}, "EnableSSMAccess": False},
        INSTANCES | {"EnableSSMAccess": True, "ExecutionRoleArn": "arn:aws:iam::111122223333:role/r"},
        MANY | {"SmokeTest": PAYLOAD | {"TargetModel": "a.tar.gz"}},
        MANY | {"InstanceType": "ml.g5.xlarge", "Framework": "sagemaker-tritonserver"},
        CONTAINERS | {"Containers": [SKLEARN, SKLEARN | {"ModelDataUrl": "s3://bucket/many/", "Mode": "MultiModel"}]},
        VARIANTS,
        SHADOWED,
        SHADOWED
        | {"ShadowProductionVariants": [{"VariantName": "s", "ModelName": "m", "InstanceType": "ml.m5.large"}]},
        VARIANTS | {"SmokeTest": PAYLOAD, "DeploymentConfig": blue_green({"Type": "ALL_AT_ONCE"})["DeploymentConfig"]},
        CONTAINERS,
        CONTAINERS | DIRECT | {"SmokeTest": PAYLOAD | {"TargetContainerHostname": "other"}},
        CONTAINERS | {"InferenceExecutionConfig": {"Mode": "Serial"}, "SmokeTest": PAYLOAD},
    ],
    ids=str,
)
def test_an_input_at_the_bound_of_a_rule_is_accepted(document: dict[str, Any]) -> None:
    check_rules(check(document), region="us-east-1")


def test_every_refused_rule_has_an_example_or_names_its_test() -> None:
    refused = {rule.key for rule in AWS_RULES if rule.treatment is Treatment.REFUSED}
    assert refused == BROKEN.keys() | PROVED_BY.keys()


@pytest.mark.parametrize(("key", "module"), PROVED_BY.items())
def test_a_later_refusal_is_tested_by_the_named_module(key: str, module: str) -> None:
    errors = re.findall(r"`(\w+)`", named(key).how)
    text = (ROOT / "tests" / module).read_text(encoding="utf-8")
    assert [error for error in errors if error not in text] == []
    assert errors


def test_every_rule_has_a_key_of_its_own_a_source_and_a_reason() -> None:
    assert len({rule.key for rule in AWS_RULES}) == len(AWS_RULES)
    assert all(rule.rule.endswith(".") and rule.source and rule.how for rule in AWS_RULES)
