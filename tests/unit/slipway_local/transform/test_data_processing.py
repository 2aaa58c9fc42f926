"""Filters and joins; the expected outputs are the examples of AWS's guide, "Batch Transform Examples"."""

from __future__ import annotations

import pytest

from slipway_local.transform.data_processing import CSV, JSON, JSON_LINES, DataProcessing, ProcessingFailed
from slipway_local.transform.json_path import JsonPath


def processing(content_type: str, given: str = "$", output: str = "$", *, joins: bool = True) -> DataProcessing:
    return DataProcessing(JsonPath(given), JsonPath(output), joins, content_type)


def test_a_row_is_followed_by_its_answer() -> None:
    assert processing(CSV).output(b"1,2,3\n", b"1", is_one=False) == b"1,2,3,1\n"


def test_an_id_column_is_left_out_of_the_request_and_is_in_the_output() -> None:
    filters = processing(CSV, "$[1:]", "$[0,-1]")
    payload = b'id-1,1,2\n"id,2",3,4\n'
    assert filters.request(payload, is_one=False) == b"1,2\n3,4\n"
    assert filters.output(payload, b"0.5\n0.7\n", is_one=False) == b'id-1,0.5\n"id,2",0.7\n'


def test_the_output_filter_takes_columns_of_the_answer_where_nothing_is_joined() -> None:
    assert processing(CSV, output="$[1]", joins=False).output(b"x\n", b"7,8\n9,10\n", is_one=False) == b"8\n10\n"


def test_json_gets_the_answer_as_an_attribute() -> None:
    assert processing(JSON).output(b'{"key":1}', b'{"label":1}', is_one=True) == (
        b'{"key": 1, "SageMakerOutput": {"label": 1}}'
    )


def test_json_that_is_no_object_becomes_one() -> None:
    assert processing(JSON).output(b"[1, 2]", b"3", is_one=True) == b'{"SageMakerInput": [1, 2], "SageMakerOutput": 3}'


def test_json_lines_are_filtered_and_joined_line_by_line() -> None:
    filters = processing(JSON_LINES, "$.features", "$['id','SageMakerOutput']")
    payload = b'{"id": 1, "features": [1, 2]}\n{"id": 2, "features": [3]}\n'
    assert filters.request(payload, is_one=False) == b"[1, 2]\n[3]\n"
    assert filters.output(payload, b"5\n6\n", is_one=False) == (
        b'{"id": 1, "SageMakerOutput": 5}\n{"id": 2, "SageMakerOutput": 6}\n'
    )


@pytest.mark.parametrize(
    ("filters", "payload", "answer", "message"),
    [
        (processing(CSV), b"1\n2\n", b"1\n", "the input has 2 records and the output 1"),
        (processing(CSV), b"1\n", b'"1', "Failed to parse output from the algorithm as CSV"),
        (processing(JSON), b"{", b"1", "Failed to parse input as JSON"),
        (processing(CSV, output="$[9]"), b"1\n", b"1\n", "there is no 9 in a record"),
    ],
)
def test_what_cannot_be_joined_fails(filters: DataProcessing, payload: bytes, answer: bytes, message: str) -> None:
    with pytest.raises(ProcessingFailed, match=message):
        filters.output(payload, answer, is_one=filters.content_type == JSON)


def test_without_processing_bytes_pass_as_they_are() -> None:
    plain = processing("image/png", joins=False)
    assert plain.is_plain
    assert plain.request(b"\xff", is_one=False) == b"\xff"
    assert plain.output(b"", b"\xfe", is_one=False) == b"\xfe"
