from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_local.container.exchange import Reply, Request
from slipway_local.container.tabular import from_csv, from_libsvm
from slipway_local.container.xgboost_model import XGBoostModel, read


def answer(body: bytes, content_type: str = "text/csv", accept: str = "") -> Reply:
    model = XGBoostModel(lambda data: np.asarray(data.sum(axis=1)).ravel())
    return model.answer(Request(body, content_type, accept))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/csv", b"1,2\n3,4\n"),
        ("text/csv; charset=utf-8", b"1;2\n3;4"),
        ("text/libsvm", b"0:1 1:2\n0:3 1:4\n"),
        ("text/x-libsvm", b"1 0:1 1:2\n0 0:3 1:4"),
    ],
)
def test_each_format_gives_one_answer_for_each_row(content_type: str, body: bytes) -> None:
    assert answer(body, content_type).body == b"3.0,7.0"


@pytest.mark.parametrize("accept", ["", "*/*", "text/csv"])
def test_the_answer_is_csv_on_one_line_unless_json_is_asked_for(accept: str) -> None:
    reply = answer(b"1,2\n3,4", accept=accept)

    assert (reply.status, reply.content_type, reply.body) == (200, "text/csv", b"3.0,7.0")


def test_json_is_a_list() -> None:
    reply = answer(b"1,2\n3,4", accept="application/json")

    assert (reply.content_type, json.loads(reply.body)) == ("application/json", [3.0, 7.0])


def test_an_empty_body_has_no_answer() -> None:
    assert answer(b"").status == 204


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "words"),
    [
        (b"{}", "application/json", "", "application/json is not an accepted ContentType: text/csv, text/libsvm"),
        (b"a,b", "text/csv", "", "Loading csv data failed with Exception, please ensure data is in csv format"),
        (b"1 x:y", "text/libsvm", "", "Loading libsvm data failed with Exception"),
        (b"1,2", "text/csv", "image/png", "image/png is not an accepted Accept type"),
    ],
)
def test_what_cannot_be_read_or_written_is_an_unsupported_media_type(
    body: bytes, content_type: str, accept: str, words: str
) -> None:
    reply = answer(body, content_type, accept)

    assert reply.status == 415
    assert words in reply.body.decode()


def test_what_does_not_fit_the_model_is_the_clients_fault() -> None:
    def predict(data: Any) -> Any:
        raise ValueError("Feature shape mismatch, expected: 8, got 2")

    reply = XGBoostModel(predict).answer(Request(b"1,2", "text/csv", ""))

    assert (reply.status, reply.body) == (
        400,
        b"Unable to evaluate payload provided: Feature shape mismatch, expected: 8, got 2",
    )


def test_a_value_that_is_missing_in_csv_is_nan() -> None:
    assert np.isnan(from_csv("1,,3")[0][1])


def test_a_value_that_libsvm_leaves_out_is_missing_which_is_not_the_same_as_zero() -> None:
    matrix = from_libsvm("1 0:1 2:5\n0 0:0 1:2")

    assert matrix.shape == (2, 3)
    assert list(zip(*matrix.nonzero(), strict=True)) == [(0, 0), (0, 2), (1, 1)]
    assert matrix.nnz == 4


@given(st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), min_size=1))
def test_numbers_come_through_csv_as_they_are(rows: list[list[float]]) -> None:
    text = "\n".join(",".join(map(repr, row)) for row in rows)

    assert read(text.encode(), "text/csv").tolist() == rows
