"""What an answer has to be, and the sentence about one that is not."""

from __future__ import annotations

import builtins
import json
from hashlib import sha256
from typing import Any

import jsonschema
import pytest

from slipway.errors import FieldInvalid
from slipway.smoke_test.expectations import check_expectation, difference

ANSWER = {"digit": 7, "scores": [0.25, 0.75], "model": {"name": "first"}}


def of_json(wanted: Any, answer: Any, **more: Any) -> str:
    return difference({"Json": wanted, **more}, json.dumps(answer).encode())


@pytest.mark.parametrize(
    ("wanted", "answer", "more"),
    [
        (ANSWER, ANSWER, {}),
        (7, 7.0, {}),
        (None, None, {}),
        ([], [], {}),
        (0.1, 0.1000001, {"Tolerance": 1e-6}),
        (1_000_000, 1_000_001, {"Tolerance": 1e-6}),
        ({"digit": 7}, ANSWER, {"Match": "Subset"}),
        ({"model": {}}, ANSWER, {"Match": "Subset"}),
        ([{"a": 1}], [{"a": 1, "b": 2}], {"Match": "Subset"}),
    ],
)
def test_an_answer_that_is_as_expected_has_no_difference(wanted: Any, answer: Any, more: dict[str, Any]) -> None:
    assert of_json(wanted, answer, **more) == ""


@pytest.mark.parametrize(
    ("wanted", "answer", "more", "sentence"),
    [
        (7, 5, {}, "$ is 5, but must be 7"),
        (1, True, {}, "$ is true, but must be 1"),
        ("7", 7, {}, '$ is 7, but must be "7"'),
        (0.1, 0.1002, {"Tolerance": 1e-6}, "$ is 0.1002, but must be 0.1"),
        (10**400, 1.5, {"Tolerance": 1}, "$ is 1.5, but must be 1000"),
        (ANSWER, {**ANSWER, "scores": [0.25, 0.7]}, {}, "$.scores[1] is 0.7, but must be 0.75"),
        ([1, 2], [1], {}, "$ has 1 items, but must have 2"),
        ([1], [1, 2], {"Match": "Subset"}, "$ has 2 items, but must have 1"),
        ({"digit": 7}, {}, {}, '$ has no "digit"'),
        ({"digit": 7}, {"digit": 7, "b": 1}, {}, '$ has "b", which must not be there'),
        ({"model": {"name": "x"}}, ANSWER, {"Match": "Subset"}, '$.model.name is "first", but must be "x"'),
    ],
)
def test_the_first_difference_is_named_with_its_place(
    wanted: Any, answer: Any, more: dict[str, Any], sentence: str
) -> None:
    assert of_json(wanted, answer, **more).startswith(sentence)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[NaN]", b"[" * 100_000], ids=repr)
@pytest.mark.parametrize("expect", [{"Json": []}, {"Schema": {"type": "array"}}], ids=str)
def test_an_answer_that_is_not_json_says_so(expect: dict[str, Any], body: bytes) -> None:
    assert difference(expect, body) == "the answer is not JSON"


def test_a_text_is_searched_for_a_regular_expression() -> None:
    assert difference({"Regex": r"digit=\d"}, b"the digit=7.") == ""
    assert difference({"Regex": "^7$"}, b"17") == 'the answer has no match of "^7$"'


def test_bytes_are_compared_by_digest_or_by_size() -> None:
    body, digest = b"\x93NUMPY", sha256(b"\x93NUMPY").hexdigest()
    assert difference({"Sha256": digest}, body) == difference({"Size": 6}, body) == ""
    assert digest in difference({"Sha256": "0" * 64}, body)
    assert difference({"Size": 7}, body) == "the answer has 6 bytes, but must have 7"


SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "required": ["digit"], "properties": {"digit": {"type": "integer", "minimum": 0, "maximum": 9}}},
    {"type": "array", "items": {"type": "number"}, "minItems": 2, "uniqueItems": True},
    {"properties": {"scores": {"items": {"exclusiveMinimum": 0, "multipleOf": 0.25}}}, "additionalProperties": False},
    {"definitions": {"d": {"enum": [1, "a", None, True, {"a": [1]}]}}, "items": {"$ref": "#/definitions/d"}},
    {"anyOf": [{"type": "string", "pattern": "^a"}, {"not": {"type": "string"}}], "if": {"const": 5}, "then": False},
    {"patternProperties": {"^d": {"type": "string"}}, "dependencies": {"digit": ["scores"]}},
    {"contains": {"type": "string", "maxLength": 2}, "propertyNames": {"minLength": 2}},
]
ANSWERS: list[Any] = [ANSWER, 7, 5, "a", "b", None, True, [], [1, 2], [1, 1], ["a", None], [{"a": [1]}], {"digit": "7"}]
ANSWERS += [{"digit": 9}, {"digit": 10}, {"digit": 7, "scores": [0.25]}, {"d": 1}, {"scores": [0]}, [False, 1], ["abc"]]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: str(schema)[:40])
def test_a_json_schema_is_kept_as_another_library_says(schema: dict[str, Any]) -> None:
    check_expectation("Expect", {"Schema": schema})
    validator = jsonschema.Draft7Validator(schema)
    verdicts = {validator.is_valid(answer) for answer in ANSWERS}

    for answer in ANSWERS:
        unlike = difference({"Schema": schema}, json.dumps(answer).encode())
        assert (unlike == "") == validator.is_valid(answer), (answer, unlike)
    assert verdicts == {True, False}


def test_what_breaks_a_schema_is_named() -> None:
    schema = {"properties": {"digit": {"maximum": 9}}}
    assert difference({"Schema": schema}, b'{"digit": 12}') == "$.digit must be smaller than or equal to 9, but is 12"


@pytest.mark.parametrize(
    ("expect", "sentence"),
    [
        ({"Regex": "("}, r'Regex is "\(", but must be a Python regular expression'),
        ({"Schema": {"$ref": "http://169.254.169.254/latest"}}, "begin \\$ref with #"),
        ({"Schema": {"items": {"$ref": "other.json"}}}, "begin \\$ref with #"),
        ({"Schema": {"$id": "http://169.254.169.254/"}}, "remove it"),
        ({"Schema": {"$schema": "http://json-schema.org/draft-04/schema#"}}, "must be of draft 7"),
        ({"Schema": {"type": "text"}}, "is not a JSON Schema"),
        ({"Schema": {"minLength": "1"}}, "is not a JSON Schema"),
        ({"Schema": {"$ref": "#/definitions/none"}}, "is not a JSON Schema"),
        ({"Schema": {"multipleOf": 0}}, "multipleOf 0"),
    ],
    ids=str,
)
def test_an_expectation_that_cannot_be_compared_is_refused(expect: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FieldInvalid, match=sentence):
        check_expectation("SmokeTest.Expect", expect)


def test_a_schema_that_refers_to_itself_without_end_is_a_difference() -> None:
    schema = {"definitions": {"a": {"$ref": "#/definitions/a"}}, "$ref": "#/definitions/a"}
    assert "cannot be compared" in difference({"Schema": schema}, b"{}")


CODE = "__import__('builtins').INJECTED"
HOSTILE = [CODE, f'"+{CODE}+"', f"'+{CODE}+'", f'\\"+{CODE}+\\"', f"{{{CODE}}}", f'")\n{CODE}\n("', '{0.__class__}"""']
KEYWORDS = """
type enum const minLength maxLength pattern format minimum maximum multipleOf minItems maxItems uniqueItems items
minProperties maxProperties required dependencies properties patternProperties additionalProperties exclusiveMinimum
exclusiveMaximum contains propertyNames if then not anyOf allOf oneOf default title definitions additionalItems
"""


@pytest.mark.parametrize("keyword", KEYWORDS.split())
def test_no_text_of_a_schema_runs_as_code(keyword: str, monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []

    def watched_import(name: str, *rest: Any) -> Any:
        imported.append(name)
        return real_import(name, *rest)

    real_import = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", watched_import)
    for text in HOSTILE:
        answers = [json.dumps({text: [text, 5]}).encode(), json.dumps(text).encode()]
        for value in (text, [text], {text: {"type": text}}, {text: {"type": "null"}}, [{text: text}]):
            _refuse_or_compare({"properties": {text: {keyword: value}}, keyword: value}, answers)
    assert "builtins" not in imported


def _refuse_or_compare(schema: dict[str, Any], answers: list[bytes]) -> None:
    try:
        check_expectation("Expect", {"Schema": schema})
    except FieldInvalid:
        return
    for answer in answers:
        difference({"Schema": schema}, answer)
