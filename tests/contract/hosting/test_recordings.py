"""What SageMaker's own serving containers answered, replayed.

A sample in `make test`, and all in `make check`, where containers are forked (see `forked`): to start one takes 2
seconds of processor time. `make recordings` starts each one.
"""

from __future__ import annotations

import base64
import os
import struct
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.contract.hosting.forked import forked_containers
from tests.contract.hosting.recordings import cases, is_equal, mask, replay
from tests.contract.hosting.runtime_environments import needs

EQUAL = 0.98
IS_FORKED = os.environ.get("SLIPWAY_RECORDINGS") != "started"
# One case that shows what each family alone does.
SAMPLE = {
    "toolkit": ("toolkit/hooks-context", "toolkit/model-fn-raises"),
    "sklearn": ("sklearn/decode-sum", "sklearn/import-error"),
    "xgboost-algorithm": ("xgboost-algorithm/pickle",),
    "xgboost-script": ("xgboost-script/predict-fn",),
    "huggingface": ("huggingface/predict-fn",),
    "pytorch": ("pytorch/context",),
}
ENVIRONMENTS = {
    "toolkit": "toolkit",
    "sklearn": "sklearn-1.9-0",
    "xgboost-algorithm": "xgboost-3.0-5",
    "xgboost-script": "xgboost-3.0-5",
    "huggingface": "huggingface",
}


def encoded(body: bytes) -> str:
    """Return a body as recordings have it."""
    return base64.b64encode(body).decode()


def record(*fields: bytes) -> bytes:
    """Return a RecordIO record of short fields."""
    content = b"".join(fields)
    return b"\n#\xd7\xce" + struct.pack("<I", len(content)) + content + bytes(-len(content) % 4)


def families() -> list[object]:
    """Return the families that do not need what is only made on request; `make test` makes two environments."""
    return [
        pytest.param(
            family, marks=[needs(name)] if family in ("toolkit", "sklearn") else [needs(name), pytest.mark.full]
        )
        for family, name in ENVIRONMENTS.items()
    ]


@pytest.mark.parametrize("family", families())
def test_a_sample_of_the_recordings_is_answered_alike(family: str, tmp_path: Path) -> None:
    result = replay(family, [case for case in cases(family) if case["id"] in SAMPLE[family]], tmp_path)

    assert result.exchanges > 0
    assert result.differences == []


@pytest.mark.timeout(1800)
@pytest.mark.full
@pytest.mark.parametrize("family", families())
def test_the_recordings_are_answered_alike(family: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with forked_containers() if IS_FORKED else nullcontext():
        result = replay(family, cases(family), tmp_path)

    score = f"{family}: {result.equal} of {result.exchanges} equal, {result.alike} of {result.starts} start alike"
    request.node.add_report_section("call", "recordings", score)
    assert result.equal >= EQUAL * result.exchanges, "\n".join(result.differences)


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ({"status": 200, "body": "WzEsIDJd"}, {"status": 200, "body": "WzEsMl0="}, True),  # [1, 2] and [1,2]
        ({"status": 200, "body": "WzFd"}, {"status": 200, "body": "WzJd"}, False),
        ({"status": 200, "body": ""}, {"status": 500, "body": ""}, False),
        ({"error": "TimeoutError"}, {"error": "RemoteDisconnected"}, True),
        # {"a": 1, "b": 2} and {"a": 3} in two lines: with the keys in another order, and with another value
        *(
            ({"status": 200, "body": encoded(lines)}, {"status": 200, "body": encoded(other)}, same)
            for lines, other, same in (
                (b'{"a": 1, "b": 2}\n{"a": 3}\n', b'{"b": 2, "a": 1}\n{"a": 3}\n', True),
                (b'{"a": 1, "b": 2}\n{"a": 3}\n', b'{"b": 2, "a": 1}\n{"a": 4}\n', False),
                (record(b"\x12\x01a", b"\x12\x01b"), record(b"\x12\x01b", b"\x12\x01a"), True),
                (record(b"\x12\x01a", b"\x12\x01b"), record(b"\x12\x01b", b"\x12\x01c"), False),
            )
        ),
    ],
)
def test_answers_are_compared_by_status_and_value(
    theirs: dict[str, object], ours: dict[str, object], same: bool
) -> None:
    assert is_equal(theirs, ours) is same


def test_what_differs_between_machines_is_masked() -> None:
    body = b'no\nTraceback (most recent call last):\n  File "/a/b.py", line 1, in f\n    g()\n    ^^^\nKeyError: 1\n'

    assert mask(body) == b"no\nTraceback (most recent call last):\n  <frame>\nKeyError: 1"
