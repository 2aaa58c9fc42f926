"""SmokeTest, as an input may have it."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import FieldInvalid, FieldMissing, FieldsConflict, FieldUnknown, InputRefused
from slipway.planning.contract.rules import check_rules
from slipway.planning.contract.schema import check
from tests.unit.execution import plan_of

DEPLOY = {"EndpointName": "e", "ModelDataUrl": "s3://bucket/model.tar.gz"}
SAMPLE = {"PayloadUrl": "s3://bucket/a sample/é.csv", "ContentType": "text/csv"}
EXAMPLE = 'write for example {"PayloadUrl": "s3://my-bucket/sample.csv", "ContentType": "text/csv"}.'


def test_a_plan_knows_where_the_payload_lies_and_what_it_is() -> None:
    assert plan_of(SmokeTest={**SAMPLE, "Accept": "*/*"})["SmokeTest"] == {
        "Bucket": "bucket",
        "Key": "a sample/é.csv",
        "ContentType": "text/csv",
        "Accept": "*/*",
    }
    assert "SmokeTest" not in plan_of()


def test_a_redeployment_may_be_tested() -> None:
    check_rules(check({"EndpointName": "e", "EndpointConfigName": "e-0f1e2d3c4b5a", "SmokeTest": SAMPLE}))


@pytest.mark.parametrize(
    ("smoke_test", "error", "sentence"),
    [
        (
            {"ContentType": "text/csv"},
            FieldMissing,
            "SmokeTest.PayloadUrl is missing: add it, for example "
            '{"PayloadUrl": "s3://my-bucket/sample.csv", "ContentType": "text/csv"}.',
        ),
        (
            {**SAMPLE, "PayloadUrl": "https://bucket/sample"},
            FieldInvalid,
            f'SmokeTest.PayloadUrl is "https://bucket/sample", but must be an s3:// URI of one object; {EXAMPLE}',
        ),
        (
            {**SAMPLE, "ContentType": "a\r\nX: y"},
            FieldInvalid,
            r'SmokeTest.ContentType is "a\r\nX: y", but must be a media type such as application/json; ' + EXAMPLE,
        ),
        (
            {**SAMPLE, "ContentTyp": "text/csv"},
            FieldUnknown,
            "SmokeTest.ContentTyp is not a field of a deployment: did you mean ContentType?",
        ),
    ],
    ids=["missing", "no S3", "two lines", "misspelt"],
)
def test_a_smoke_test_that_cannot_be_made_is_refused(
    smoke_test: dict[str, Any], error: type[InputRefused], sentence: str
) -> None:
    with pytest.raises(InputRefused) as caught:
        check({**DEPLOY, "SmokeTest": smoke_test})

    assert (type(caught.value), str(caught.value)) == (error, sentence)


def test_an_asynchronous_endpoint_is_not_tested() -> None:
    answers = {"OutputConfig": {"S3OutputPath": "s3://bucket/answers/"}}

    with pytest.raises(FieldsConflict) as caught:
        check_rules({**DEPLOY, "SmokeTest": SAMPLE, "AsyncInferenceConfig": answers})

    assert str(caught.value) == (
        "SmokeTest and AsyncInferenceConfig exclude each other: remove AsyncInferenceConfig, or SmokeTest."
    )
