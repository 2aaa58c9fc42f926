"""What fields say together."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict, InputRefused
from slipway.planning.contract.rules import MAX_TAGS, NOT_SERVERLESS, check_rules

REDEPLOY = {"EndpointName": "e", "EndpointConfigName": "e-0f1e2d3c4b5a"}
DEPLOY = {"EndpointName": "e", "ModelDataUrl": "s3://bucket/model.tar.gz"}
JOB = {"TrainingJobName": "my-job"}
PACKAGE = {"ModelPackageArn": "arn:aws:sagemaker:us-east-1:111122223333:model-package/digits/1"}
SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
POOLS: dict[str, Any] = {"InstancePools": [{"InstanceType": "ml.m5.large", "Priority": 1}]}
SAMPLE: dict[str, Any] = {"PayloadUrl": "s3://my-bucket/sample.csv", "ContentType": "text/csv"}
SCALING = {"MinCapacity": 2, "MaxCapacity": 6, "TargetInvocationsPerInstance": 600}


LICENSED = {
    "EndpointName": "digits",
    "Framework": "sklearn",
    "ModelDataSource": {
        "S3DataSource": {
            "S3Uri": "s3://models/model.tar.gz",
            "S3DataType": "S3Object",
            "CompressionType": "Gzip",
            "ModelAccessConfig": {"AcceptEula": True},
        }
    },
}


def scaled(min_capacity: int = 2, max_capacity: int = 6, **fields: Any) -> dict[str, Any]:
    return {**DEPLOY, "AutoScaling": SCALING | {"MinCapacity": min_capacity, "MaxCapacity": max_capacity}, **fields}


def tags(count: int) -> list[dict[str, str]]:
    return [{"Key": f"key-{index}", "Value": "v"} for index in range(count)]


def refusal(document: dict[str, Any]) -> InputRefused:
    with pytest.raises(InputRefused) as caught:
        check_rules(document)
    return caught.value


@pytest.mark.parametrize(
    ("document", "error", "sentence"),
    [
        (
            {"EndpointName": "e"},
            FieldMissing,
            "ModelDataUrl is missing: add the archive, for example s3://my-bucket/models/my-endpoint/model.tar.gz, "
            "or TrainingJobName, or ModelPackageArn, or EndpointConfigName to redeploy an existing configuration.",
        ),
        (
            DEPLOY | JOB,
            FieldsConflict,
            "ModelDataUrl and TrainingJobName exclude each other: each says where the model comes from; keep one of "
            "them.",
        ),
        (
            {"EndpointName": "e"} | JOB | PACKAGE,
            FieldsConflict,
            "TrainingJobName and ModelPackageArn exclude each other: each says where the model comes from; keep one of "
            "them.",
        ),
        (
            REDEPLOY | PACKAGE,
            FieldsConflict,
            "EndpointConfigName and ModelPackageArn exclude each other: an existing configuration already settles "
            "ModelPackageArn; remove one of the two.",
        ),
        (
            {"EndpointName": "e", "Framework": "sklearn"} | PACKAGE,
            FieldsConflict,
            "ModelPackageArn and Framework exclude each other: remove Framework, or ModelPackageArn.",
        ),
        (
            {"EndpointName": "e", "FrameworkVersion": "1.2-1"} | JOB,
            FieldMissing,
            "Framework is missing: FrameworkVersion narrows it down; add Framework, or remove FrameworkVersion to take "
            "the training job's own image.",
        ),
        (
            REDEPLOY | {"InstanceType": "ml.m5.large"},
            FieldsConflict,
            "EndpointConfigName and InstanceType exclude each other: an existing configuration already settles "
            "InstanceType; remove one of the two.",
        ),
        (
            DEPLOY | {"InstanceType": "ml.m5.large"} | POOLS,
            FieldsConflict,
            "InstanceType and InstancePools exclude each other: each says where the model is hosted; keep one of them.",
        ),
        (
            DEPLOY | {"InstanceType": "ml.m5.large"} | SERVERLESS,
            FieldsConflict,
            "InstanceType and ServerlessConfig exclude each other: each says where the model is hosted; "
            "keep one of them.",
        ),
        (
            DEPLOY | {"Framework": "sklearn", "ImageUri": "image:1"},
            FieldsConflict,
            "Framework and ImageUri exclude each other: each says which image serves the model; keep one of them.",
        ),
        (
            DEPLOY | {"PyVersion": "py3", "ImageUri": "image:1"},
            FieldsConflict,
            "ImageUri and PyVersion exclude each other: remove PyVersion, or ImageUri.",
        ),
        (
            DEPLOY | {"Tags": [{"Key": "AWS:x", "Value": "y"}]},
            FieldInvalid,
            'Tags[0].Key is "AWS:x", but must not begin with aws: or slipway:, which are reserved; choose another key.',
        ),
        (
            REDEPLOY | {"Tags": [{"Key": "slipway:execution", "Value": "mine"}]},
            FieldInvalid,
            'Tags[0].Key is "slipway:execution", but must not begin with aws: or slipway:, which are reserved; '
            "choose another key.",
        ),
        (
            DEPLOY | {"Tags": [{"Key": "team", "Value": "a"}, {"Key": "Team", "Value": "b"}]},
            FieldInvalid,
            'Tags[1].Key is "Team", as Tags[0].Key is: keys differ by more than case; remove one of the two.',
        ),
        (
            DEPLOY | {"SmokeTest": {"ContentType": "text/csv"}},
            FieldMissing,
            "SmokeTest.PayloadUrl is missing: add it, for example "
            '{"PayloadUrl": "s3://my-bucket/sample.csv", "ContentType": "text/csv"}.',
        ),
        (
            DEPLOY | {"SmokeTest": SAMPLE | {"Samples": [SAMPLE]}},
            FieldsConflict,
            "SmokeTest.Samples and SmokeTest.PayloadUrl exclude each other: move PayloadUrl into one of the Samples, "
            "or remove Samples.",
        ),
        (
            DEPLOY | {"SmokeTest": SAMPLE | {"Expect": {"Tolerance": 0.1}}},
            FieldMissing,
            "SmokeTest.Expect has no expectation: add one of Json, Regex, Schema, Sha256, Size.",
        ),
        (
            DEPLOY | {"SmokeTest": {"Samples": [SAMPLE, SAMPLE | {"Expect": {"Json": 1, "Size": 1}}]}},
            FieldsConflict,
            "SmokeTest.Samples[1].Expect.Json and SmokeTest.Samples[1].Expect.Size exclude each other: a sample has "
            "one expectation; keep one of them, and add the sample again for the other.",
        ),
        (
            DEPLOY | {"SmokeTest": SAMPLE | {"Expect": {"Regex": "7", "Match": "Subset"}}},
            FieldsConflict,
            "SmokeTest.Expect.Match and SmokeTest.Expect.Regex exclude each other: Match goes with Json; remove it.",
        ),
        (
            DEPLOY | {"SmokeTest": ..., "AsyncInferenceConfig": ...},
            FieldsConflict,
            "SmokeTest and AsyncInferenceConfig exclude each other: remove AsyncInferenceConfig, or SmokeTest.",
        ),
        (
            scaled(3, 2),
            FieldInvalid,
            "AutoScaling.MinCapacity is 3, but must be at most MaxCapacity, which is 2; exchange the two.",
        ),
        (
            scaled(InitialInstanceCount=1),
            FieldInvalid,
            "InitialInstanceCount is 1, but must be within AutoScaling's 2 to 6; "
            "remove InitialInstanceCount to begin with MinCapacity.",
        ),
        (
            scaled(InitialInstanceCount=7),
            FieldInvalid,
            "InitialInstanceCount is 7, but must be within AutoScaling's 2 to 6; "
            "remove InitialInstanceCount to begin with MinCapacity.",
        ),
        (
            scaled(ServerlessConfig={}),
            FieldsConflict,
            "AutoScaling and ServerlessConfig exclude each other: serverless hosting scales by itself; "
            "remove AutoScaling, or ServerlessConfig.",
        ),
        (
            scaled(AsyncInferenceConfig={}),
            FieldsConflict,
            "AutoScaling.TargetInvocationsPerInstance and AsyncInferenceConfig exclude each other: asynchronous "
            "endpoints count no invocations per instance; write TargetBacklogPerInstance.",
        ),
        (
            DEPLOY | {"InferenceSpecificationName": "small"},
            FieldMissing,
            "ModelPackageArn is missing: InferenceSpecificationName is one of a model package; add the package, or "
            "remove InferenceSpecificationName.",
        ),
        (
            {**LICENSED, "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}},
            FieldsConflict,
            "ServerlessConfig and ModelDataSource.S3DataSource.ModelAccessConfig exclude each other: SageMaker takes "
            "the model by ModelDataUrl there, which accepts no licence; remove ModelAccessConfig.",
        ),
        (
            scaled(InstanceType="ml.t2.medium"),
            FieldsConflict,
            "AutoScaling and ml.t2.medium exclude each other: burstable instances cannot be scaled; "
            "use another instance type, for example ml.m5.large.",
        ),
        (
            scaled(InstancePools=[*POOLS["InstancePools"], {"InstanceType": "ml.t2.large", "Priority": 2}]),
            FieldsConflict,
            "AutoScaling and ml.t2.large exclude each other: burstable instances cannot be scaled; "
            "use another instance type, for example ml.m5.large.",
        ),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_incompatible_fields_are_refused_in_one_sentence(
    document: dict[str, Any], error: type[InputRefused], sentence: str
) -> None:
    refused = refusal(document)

    assert (type(refused), str(refused)) == (error, sentence)


def test_more_tags_than_sagemaker_takes_beside_ours_are_refused() -> None:
    refused = refusal(DEPLOY | {"Tags": tags(MAX_TAGS + 1)})

    assert str(refused).startswith(f"Tags has {MAX_TAGS + 1} items, but must have at most {MAX_TAGS}: Slipway adds ")


@pytest.mark.parametrize("field", NOT_SERVERLESS)
def test_serverless_hosting_takes_nothing_that_only_instances_have(field: str) -> None:
    assert str(refusal(DEPLOY | SERVERLESS | {field: ...})) == (
        f"ServerlessConfig and {field} exclude each other: remove {field}, or ServerlessConfig."
    )


@pytest.mark.parametrize(
    "document",
    [
        DEPLOY,
        DEPLOY | SERVERLESS,
        {"EndpointName": "e"} | JOB,
        {"EndpointName": "e", "Framework": "sklearn", "FrameworkVersion": "1.2-1"} | JOB,
        {"EndpointName": "e"} | PACKAGE,
        DEPLOY | POOLS | {"InitialInstanceCount": 2},
        DEPLOY | {"FrameworkVersion": "1.2-1"},
        REDEPLOY | {"DeadlineMinutes": 5, "Tags": [], "DeploymentConfig": {}},
        DEPLOY | {"Tags": tags(MAX_TAGS)},
        REDEPLOY | {"AutoScaling": SCALING, "SmokeTest": SAMPLE},
        scaled(InitialInstanceCount=2),
        scaled(InitialInstanceCount=6),
    ],
    ids=",".join,
)
def test_compatible_fields_are_accepted(document: dict[str, Any]) -> None:
    check_rules(document)
