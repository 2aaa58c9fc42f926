from __future__ import annotations

import io
import json
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_local.container.codecs import CSV, JSON, NPY, NPZ, UnsupportedFormatError, decode, encode

ROWS = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), min_size=1, max_size=5)


@given(ROWS)
def test_arrays_survive_json_and_npy(rows: list[list[float]]) -> None:
    for content_type in (JSON, NPY):
        assert decode(encode(np.array(rows), content_type), content_type).tolist() == rows


@given(ROWS)
def test_json_takes_plain_lists_and_dictionaries_too(rows: list[list[float]]) -> None:
    answer = {"predictions": rows, "best": np.float64(0.5), "class": np.int64(3)}

    assert json.loads(encode(answer, JSON)) == {"predictions": rows, "best": 0.5, "class": 3}


def test_csv_is_one_line_for_each_row() -> None:
    assert encode(np.array([[1, 2], [3, 4]]), CSV) == "1,2\n3,4\n"
    assert encode(["cat", "dog"], CSV) == "cat\ndog\n"
    assert decode("1.5,2.5\n3.5,4.5", CSV).tolist() == [[1.5, 2.5], [3.5, 4.5]]


def test_npz_is_a_sparse_matrix() -> None:
    sparse = import_module("scipy.sparse")
    raw = io.BytesIO()
    sparse.save_npz(raw, sparse.csr_matrix(np.eye(3)))

    assert decode(raw.getvalue(), NPZ).toarray().tolist() == np.eye(3).tolist()


@pytest.mark.parametrize("content_type", ["image/png", "", "application/json; charset=utf-8"])
def test_other_types_are_unsupported_by_name(content_type: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=f"^Content type {content_type} is not supported"):
        decode(b"", content_type)
    with pytest.raises(UnsupportedFormatError):
        encode([], content_type)


def test_a_value_without_json_form_is_named() -> None:
    with pytest.raises(TypeError, match="Object of type bytes is not JSON serializable"):
        encode({"picture": b"\xff"}, JSON)
