"""JSON that two readers could take for two things is no JSON here."""

from __future__ import annotations

import pytest

from slipway.errors import FieldInvalid
from slipway.planning.contract.json_text import parse_json
from slipway.planning.contract.schema import check


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            b'{"InstanceType": "ml.t2.medium", "InstanceType": "ml.p5.48xlarge"}',
            'field "InstanceType" stands there twice',
        ),
        (b'{"Environment": {"A": "1", "A": "2"}}', 'field "A" stands there twice'),
        (b'{"InitialInstanceCount": NaN}', "NaN is no number of JSON"),
        (b'{"InitialInstanceCount": -Infinity}', "-Infinity is no number of JSON"),
        (b'{"InitialInstanceCount": ' + b"9" * 5_000 + b"}", "Exceeds the limit"),
        (b"[" * 100_000, "nested too deep"),
        (b"\xff", "can't decode byte 0xff"),
        (b"", "Expecting value"),
    ],
    ids=range(8),
)
def test_invalid_json_is_refused_with_the_reason(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_json(text)


def test_valid_json_is_parsed() -> None:
    assert parse_json('{"a": [1, 2.5, null, {"a": "b"}]}') == {"a": [1, 2.5, None, {"a": "b"}]}
    assert parse_json(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("Environment", {"A": "\ud800"}, "must hold whole characters"),
        ("Environment", {"A": "\udfff" * 3}, "must hold whole characters"),
        ("ModelDataUrl", "s3://models/\ud800.tar.gz", "must hold whole characters"),
        ("ModelDataUrl", f"s3://models/{'é' * 600}.tar.gz", "must have a key of at most 1024 bytes"),
        (
            "Environment",
            {"A": "1", "my-\u0435ndpoint": "2"},
            'has the name "my-\\\\u0435ndpoint", but a name must be letters, digits and underscores, not beginning',
        ),
        ("Environment", {"A" * 1025: "2"}, "at most 1024 characters"),
        ("Environment", {"A\n": "2"}, "has the name"),
        ("InitialInstanceCount", 10**400, "must be at most 2147483647"),
        ("InitialInstanceCount", 10**5_000, "too large to be shown"),
        ("ExecutionRoleArn", "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/slipway", "must be the ARN of a role"),
        ("Tags", [{"Key": "a\nb", "Value": ""}], "must be letters, digits, spaces and _"),
    ],
    ids=range(11),
)
def test_a_value_that_no_request_can_carry_is_refused_in_a_printable_message(
    field: str, value: object, words: str
) -> None:
    document = {"EndpointName": "e", "ModelDataUrl": "s3://models/model.tar.gz", field: value}

    with pytest.raises(FieldInvalid, match=words) as caught:
        check(document)

    assert str(caught.value).isprintable()


def test_a_surrogate_pair_is_one_character() -> None:
    document = parse_json(b'{"EndpointName": "e", "Environment": {"A": "\\ud834\\udd1e"}}')

    assert check(document)["Environment"] == {"A": "\N{MUSICAL SYMBOL G CLEF}"}
