"""What an enemy would write: text, numbers, nesting and sizes that parsers trip over, and documents made of them."""

from __future__ import annotations

import json
from hashlib import md5
from typing import Any

from hypothesis import strategies as st

from slipway.planning.contract.schema import deployment_schema
from tests.unit.planning.documents import documents, examples, inputs, plannable
from tests.workflow.deployed_stack import MODEL_BUCKET, role_arn
from tests.workflow.surroundings import archive

MAX_INPUT = 256 * 1024  # bytes of an execution's input, and of a side file
ARCHIVE = f"s3://{MODEL_BUCKET}/models/my-endpoint/model.tar.gz"
PAYLOAD = "sample.csv"
# Examples of the contract, as they are in this account.
HERE: dict[str, Any] = {
    "ModelDataUrl": ARCHIVE,
    "ExecutionRoleArn": role_arn(),
    "SmokeTest": {"PayloadUrl": f"s3://{MODEL_BUCKET}/{PAYLOAD}", "ContentType": "text/csv"},
}
LOOK_ALIKES = (
    "my-еndpoint",  # a Cyrillic letter  # noqa: RUF001, RUF100
    "my‐endpoint",  # a hyphen of its own  # noqa: RUF001, RUF100
    "ｍｙ-endpoint",  # full width  # noqa: RUF001, RUF100
    "my-endpoint\u200b",
    "my-endpoint\n",
    "\u202emy-endpoint",
    "١٢٣٤٥٦٧٨٩٠١٢.dkr.ecr.us-east-1.amazonaws.com/image:1",
    "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/slipway",
    "ml.m5.larg\u0435",
)
HALVES = ("\ud800", "models/\udfff.tar.gz", f"s3://{MODEL_BUCKET}/\ud800.tar.gz")
OBEYED = (
    "$(id)",
    "'; DROP TABLE models; --",
    "{{7*7}}",
    "{% $states.input %}",
    "\x1b[2J",
    "\x00",
    "../../etc/passwd",
    "s3://../../model.tar.gz",
    "s3://169.254.169.254/latest/meta-data.tar.gz",
    "http://169.254.169.254/",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "__proto__",
)
LONG_KEYS = tuple(f"s3://{MODEL_BUCKET}/{character * 240}.tar.gz" for character in ("é" * 4, "𝄞" * 2, "a"))
texts = st.sampled_from((*LOOK_ALIKES, *HALVES, *OBEYED, *LONG_KEYS, "")) | st.text(max_size=30)
numbers = st.sampled_from(
    (10**400, -(10**400), 2**31, 2**63, -1, 0, 1.0, 1.5, 1e300, float("inf"), float("-inf"), float("nan"), True)
)


def _large(unit: str) -> st.SearchStrategy[str]:
    return st.sampled_from((64, 1025, 5000, MAX_INPUT // 2)).map(lambda size: unit * (size // len(unit) or 1))


def nested(depth: int, kind: str) -> Any:
    """Return lists in lists or objects in objects, so many deep."""
    value: Any = None
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


large = st.sampled_from(("a", "-", "a-", "é", "𝄞", "/", " ", "[", "\\", "\x00")).flatmap(_large)
deep = st.builds(nested, st.sampled_from((50, 400)), st.sampled_from(("list", "object")))
wide = st.sampled_from((101, 3_000)).flatmap(
    lambda size: st.sampled_from(([{}] * size, ["a"] * size, {f"k{number}": "v" for number in range(size)}))
)
hostile = texts | numbers | large | deep | wide | st.sampled_from(({}, [], None))


def _with_a_part_replaced(value: Any) -> st.SearchStrategy[Any]:
    """Return a value with something hostile somewhere in it, or as a whole."""
    if isinstance(value, dict) and value:
        part = st.sampled_from(sorted(value)).flatmap(
            lambda name: _with_a_part_replaced(value[name]).map(lambda found: {**value, name: found})
        )
        return hostile | part | st.tuples(texts, hostile).map(lambda more: {**value, more[0]: more[1]})
    if isinstance(value, list) and value:
        return hostile | _with_a_part_replaced(value[0]).map(lambda found: [found, *value[1:]])
    return hostile


def _deployable(document: dict[str, Any]) -> dict[str, Any]:
    return document | {name: HERE[name] for name in document.keys() & HERE.keys()}


# A document that would be planned, with one field that would not.
one_field_hostile = st.tuples(plannable.map(_deployable), st.sampled_from(sorted(examples))).flatmap(
    lambda drawn: _with_a_part_replaced(examples[drawn[1]]).map(lambda value: {**drawn[0], drawn[1]: value})
)
any_inputs = st.one_of(
    one_field_hostile, one_field_hostile, plannable.map(_deployable), documents.map(_deployable), inputs, hostile
)


def _written(document: Any) -> bytes:
    try:
        return json.dumps(document).encode()
    except (ValueError, RecursionError):
        return b'{"InitialInstanceCount": ' + b"9" * 5_000 + b"}"


side_files = st.one_of(
    one_field_hostile.map(
        lambda document: {k: v for k, v in document.items() if k not in ("EndpointName", "ModelDataUrl")}
    ),
    hostile,
).map(_written)


broken_texts = st.sampled_from(
    (
        b'{"InstanceType": "ml.t2.medium", "InstanceType": "ml.p5.48xlarge"}',
        b'{"InitialInstanceCount": 1e999}',
        b'{"InitialInstanceCount": NaN}',
        b'{"InitialInstanceCount": ' + b"9" * 100_000 + b"}",
        b'{"Environment": {"A": "\\ud800"}}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"\x00",
        b"",
        b"{" + b" " * (MAX_INPUT - 2) + b"}",
        b"{" + b" " * MAX_INPUT + b"}",
    )
)
side_file_bytes = side_files | broken_texts | st.binary(max_size=200)

EVENT = {
    "version": "0",
    "source": "aws.s3",
    "detail-type": "Object Created",
    "detail": {
        "bucket": {"name": MODEL_BUCKET},
        "object": {
            "key": "models/my-endpoint/model.tar.gz",
            "size": 10,
            "etag": md5(archive("first")).hexdigest(),
            "version-id": "version-1",
            "sequencer": "1000",
        },
    },
}
keys = texts.map(lambda text: f"models/{text}/model.tar.gz") | texts.map(
    lambda text: f"models/my-endpoint/{text}.tar.gz"
)
events = _with_a_part_replaced(EVENT) | (keys | large).map(
    lambda key: {**EVENT, "detail": {**EVENT["detail"], "object": {**EVENT["detail"]["object"], "key": key}}}  # type: ignore[index, dict-item]
)
FIELDS = sorted(deployment_schema()["properties"])
