"""Single fields: what the schema refuses, and the sentence that says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from slipway.errors import FieldInvalid, FieldMissing, FieldUnknown, InputNotAnObject, InputRefused
from slipway.planning.contract.messages import EXPECTED, SPECIAL
from slipway.planning.contract.schema import (
    ROLLOUT_SCHEMA_FILE,
    SCHEMA_FILE,
    TRANSFORM_SCHEMA_FILE,
    check,
    deployment_schema,
    read_schema,
)

NAME = {"EndpointName": "my-endpoint"}
SAMPLE = {"PayloadUrl": "s3://bucket/sample.csv", "ContentType": "text/csv"}
ROUTING = "TrafficRoutingConfiguration"
SCALING, TARGET = {"MinCapacity": 1, "MaxCapacity": 2}, {"TargetInvocationsPerInstance": 1}
EXAMPLE = 'write for example {"PayloadUrl": "s3://my-bucket/sample.csv", "ContentType": "text/csv"}.'

REFUSALS: list[tuple[object, type[InputRefused], str]] = [
    ([], InputNotAnObject, 'The input is [], but must be a JSON object such as {"EndpointName": "my-endpoint"}.'),
    (None, InputNotAnObject, 'The input is null, but must be a JSON object such as {"EndpointName": "my-endpoint"}.'),
    ({}, FieldMissing, 'EndpointName is missing: add it, for example "my-endpoint".'),
    (
        NAME | {"InstanceType": "ml.m5.huge"},
        FieldInvalid,
        'InstanceType is "ml.m5.huge", which SageMaker does not know: '
        "did you mean ml.m5.large or ml.m5d.large or ml.m5.xlarge?",
    ),
    (
        NAME | {"Samples": []},
        FieldUnknown,
        "Samples is not a field of a deployment: write it in SmokeTest, whose field it is.",
    ),
    (
        {"endpointName": "e"},
        FieldUnknown,
        "endpointName is not a field of a deployment: did you mean EndpointName or EndpointConfigName?",
    ),
    (
        NAME | {"EndpointName": "-e"},
        FieldInvalid,
        'EndpointName is "-e", but must be letters and digits, with hyphens only between them, at most 63 characters; '
        'write for example "my-endpoint".',
    ),
    (
        NAME | {"ModelDataUrl": "https://models/model.tar.gz"},
        FieldInvalid,
        'ModelDataUrl is "https://models/model.tar.gz", but must be an s3:// URI of one .tar.gz object, or of a prefix '
        "that ends with /; "
        'write for example "s3://my-bucket/models/my-endpoint/model.tar.gz".',
    ),
    (
        NAME | {"InitialInstanceCount": 0},
        FieldInvalid,
        "InitialInstanceCount is 0, but must be at least 1; write for example 1.",
    ),
    (
        NAME | {"InitialInstanceCount": True},
        FieldInvalid,
        "InitialInstanceCount is true, but must be an integer; write for example 1.",
    ),
    (
        NAME | {"VolumeSizeInGB": 513},
        FieldInvalid,
        "VolumeSizeInGB is 513, but must be at most 512; write for example 30.",
    ),
    (
        NAME | {"ServerlessConfig": {"MemorySizeInMB": 2048}},
        FieldMissing,
        "ServerlessConfig.MaxConcurrency is missing: add it, for example "
        '{"MemorySizeInMB": 2048, "MaxConcurrency": 5}.',
    ),
    (
        NAME | {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurency": 5}},
        FieldUnknown,
        "ServerlessConfig.MaxConcurency is not a field of a deployment: did you mean MaxConcurrency?",
    ),
    (
        NAME | {"Tags": [{"Key": "team", "Value": "vision", "Note": ""}]},
        FieldUnknown,
        "Tags[0].Note is not a field of a deployment: known are Key, Value.",
    ),
    (
        NAME | {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"], "Subnet": "subnet-1"}},
        FieldUnknown,
        "VpcConfig.Subnet is not a field of a deployment: did you mean Subnets?",
    ),
    (
        NAME | {"SmokeTest": SAMPLE | {"PayloadUrl": "https://bucket/sample"}},
        FieldInvalid,
        f'SmokeTest.PayloadUrl is "https://bucket/sample", but must be an s3:// URI of one object; {EXAMPLE}',
    ),
    (
        NAME | {"SmokeTest": SAMPLE | {"ContentType": "a\r\nX: y"}},
        FieldInvalid,
        r'SmokeTest.ContentType is "a\r\nX: y", but must be a media type such as application/json, in printable ASCII '
        f"characters; {EXAMPLE}",
    ),
    (
        NAME | {"SmokeTest": SAMPLE | {"MaxLatencyMs": {}}},
        FieldInvalid,
        f"SmokeTest.MaxLatencyMs is {{}}, but must have at least 1 entry; {EXAMPLE}",
    ),
    (
        NAME | {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet 1"]}},
        FieldInvalid,
        'VpcConfig.Subnets[0] is "subnet 1", but must be letters, digits and hyphens, at most 32 characters; write for '
        'example {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789....',
    ),
]


@pytest.mark.parametrize(("document", "error", "sentence"), REFUSALS, ids=lambda value: str(value)[:40])
def test_a_document_that_breaks_the_contract_is_refused_in_one_sentence(
    document: object, error: type[InputRefused], sentence: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        check(document)

    assert (type(caught.value), str(caught.value)) == (error, sentence)


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        node = dict(enumerate(node))
    if isinstance(node, dict):
        if isinstance(node.get("type"), str):
            yield node
        for member in node.values():
            yield from _schemas(member)


@pytest.mark.parametrize("file", [SCHEMA_FILE, TRANSFORM_SCHEMA_FILE, ROLLOUT_SCHEMA_FILE], ids=lambda file: file.name)
def test_every_rule_of_the_contract_has_a_sentence_and_every_pattern_has_words(file: Any) -> None:
    about = {"$schema", "$comment", "title", "description", "examples", "properties", "items", "x-about", "x-expects"}
    for schema in _schemas(read_schema(file)):
        assert "pattern" not in schema or schema["x-expects"], schema
        assert schema.keys() - about - {"pattern"} <= EXPECTED.keys() | SPECIAL.keys(), schema


def test_a_rollouts_bound_that_is_not_allowed_itself_is_named() -> None:
    with pytest.raises(FieldInvalid, match=r"^Waves\[0\]\.Percentage is 0, but must be more than 0;"):
        check({"ManifestUrl": "s3://bucket/manifest.jsonl", "Waves": [{"Percentage": 0}]}, ROLLOUT_SCHEMA_FILE)


def test_a_long_value_is_shortened() -> None:
    with pytest.raises(FieldInvalid, match=r"^.{,300}$") as caught:
        check({"EndpointName": "e" * 5000})

    assert "..." in str(caught.value)


def test_a_name_near_no_field_is_answered_with_all_of_them() -> None:
    with pytest.raises(FieldUnknown) as caught:
        check(NAME | {"qqqqqq": 1})

    assert "known are" in str(caught.value)
    assert "ModelDataUrl" in str(caught.value)
    assert "$schema" not in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "error", "said"),
    [
        ({"EndpointNam": "my-endpoint"}, FieldUnknown, "did you mean EndpointName"),  # before EndpointName is missing
        ({"DeploymentConfig": {ROUTING: {"Type": "ONCE"}}}, FieldUnknown, f"DeploymentConfig.{ROUTING}"),
        (
            {"DeploymentConfig": {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {"Type": "ONCE"}}}},
            FieldMissing,
            f"DeploymentConfig.BlueGreenUpdatePolicy.{ROUTING}.WaitIntervalInSeconds is missing: add it",
        ),
        ({"InferenceAmiVersion": "al2-ami-sagemaker-inference-gpu"}, FieldInvalid, "did you mean al2-ami-sagemaker-"),
        ({"AutoScaling": SCALING | {"MinCapacity": -1} | TARGET}, FieldInvalid, "AutoScaling.MinCapacity is -1"),
        ({"AutoScaling": SCALING | {"TargetInvocationsPerInstance": 0}}, FieldInvalid, "PerInstance is 0"),
        ({"AutoScaling": SCALING | TARGET | {"Cooldown": 1}}, FieldUnknown, "AutoScaling.Cooldown"),
        ({"DeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": []}}}, FieldInvalid, "Configuration.Alarms"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_field_is_named_by_its_whole_path(fields: dict[str, Any], error: type[InputRefused], said: str) -> None:
    with pytest.raises(error, match=re.escape(said)):
        check(fields if "EndpointNam" in fields else NAME | fields)


def test_the_address_of_the_schema_is_taken_and_left_out() -> None:
    assert check(NAME | {"$schema": "https://example.com/deployment.schema.json"}) == NAME


def test_a_whole_number_written_as_a_fraction_is_the_integer() -> None:
    document: dict[str, Any] = NAME | {"InitialInstanceCount": 2.0, "InstancePools": [{"Priority": 1.0}]}
    document["InstancePools"][0]["InstanceType"] = "ml.m5.large"

    checked = check(document)

    assert type(checked["InitialInstanceCount"]) is int
    assert type(checked["InstancePools"][0]["Priority"]) is int


@pytest.mark.parametrize("field", [name for name in deployment_schema()["properties"] if name != "$schema"])
def test_the_published_example_of_every_field_keeps_the_contract(field: str) -> None:
    (example,) = deployment_schema()["properties"][field]["examples"]

    assert check(NAME | {field: example})[field] == example
