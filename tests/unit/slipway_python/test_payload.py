"""What is sent for a Python value, and what comes back of a response."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from slipway_cli.sdk.invoke import Answer
from slipway_python.payload import PayloadUnsupported, body_of, value_of


class Frame:
    """What a pandas DataFrame is asked; pandas takes a second to import."""

    def to_csv(self, *, header: bool, index: bool) -> str:
        assert (header, index) == (False, False)
        return "1,a\n"

    def to_numpy(self) -> Any:
        return np.array([[1.5, 2.5]])


@pytest.mark.parametrize(
    ("value", "content_type", "body", "sent_as"),
    [
        ([[1, 2]], None, b"[[1, 2]]", "application/json"),
        ({"inputs": np.float64(2)}, None, b'{"inputs": 2.0}', "application/json"),
        (np.array([[1, 2], [3, 4]]), None, b"1,2\n3,4\n", "text/csv"),
        (np.array([1.5, 2]), None, b"1.5,2.0\n", "text/csv"),
        (Frame(), None, b"1,a\n", "text/csv"),
        (Frame(), "application/json", b"[[1.5, 2.5]]", "application/json"),
        ([[1, "a,b"]], "text/csv", b'1,"a,b"\n', "text/csv"),
        ("1 1:2", "text/libsvm", b"1 1:2", "text/libsvm"),
        (b"\0", None, b"\0", "application/octet-stream"),
        (b"\xff\xd8", "image/jpeg", b"\xff\xd8", "image/jpeg"),
    ],
)
def test_a_value_is_sent_in_its_usual_form(value: Any, content_type: str | None, body: bytes, sent_as: str) -> None:
    assert body_of(value, content_type) == (body, sent_as)


@pytest.mark.parametrize("content_type", [None, "application/x-npy"])
def test_an_array_of_three_dimensions_is_sent_and_read_as_npy(content_type: str | None) -> None:
    array = np.arange(8.0).reshape(2, 2, 2)

    body, sent_as = body_of(array, content_type)

    assert sent_as == "application/x-npy"
    assert np.array_equal(value_of(Answer(body, sent_as, "", 1.0)), array)


def test_a_picture_is_sent_as_png() -> None:
    body, sent_as = body_of(Image.new("RGB", (2, 3)))

    assert (sent_as, Image.open(io.BytesIO(body)).size) == ("image/png", (2, 3))


def test_a_file_is_sent_as_its_suffix_says(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"1,2\n")

    assert body_of(tmp_path / "rows.csv") == (b"1,2\n", "text/csv")


@pytest.mark.parametrize(
    ("value", "content_type", "said"),
    [
        (object(), None, "A object cannot be written as application/json"),
        ({"a": 1}, "text/csv", "pass rows of cells"),
        ([1], "image/jpeg", "A list cannot be written as image/jpeg: pass bytes, or one of"),
        ([float("nan")], None, "A list cannot be written as application/json"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(value: Any, content_type: str | None, said: str) -> None:
    with pytest.raises(PayloadUnsupported, match=said):
        body_of(value, content_type)


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        (b"[1, 2.5]", "application/json; charset=utf-8", [1, 2.5]),
        (b"not json", "application/json", "not json"),
        (b"1,2.5\na,3\n", "text/csv", [[1, 2.5], ["a", 3]]),
        (b"ok", "text/html", "ok"),
        (b"\xff", "image/png", b"\xff"),
    ],
)
def test_a_response_comes_back_as_values(body: bytes, content_type: str, value: Any) -> None:
    assert value_of(Answer(body, content_type, "", 1.0)) == value
