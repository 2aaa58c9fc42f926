"""The JSONPath expressions of DataProcessing: the examples of AWS's pages, and what they rule out.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html#data-processing-operators
"""

from __future__ import annotations

from typing import Any

import pytest

from slipway_local.transform.json_path import JsonPath, NotFound, PathInvalid

ROW = [0, 1, 2, 3, 4, 5, 6]
RECORD = {"id": {"a": 1, "b": 2}, "features": [7, 8], "SageMakerOutput": {"label": 1}}


@pytest.mark.parametrize(
    ("expression", "value", "selected"),
    [
        ("$", RECORD, RECORD),
        ("$.id", RECORD, {"a": 1, "b": 2}),
        ("$.id.*", RECORD, [1, 2]),
        ("$['id','SageMakerOutput']", RECORD, {"id": {"a": 1, "b": 2}, "SageMakerOutput": {"label": 1}}),
        ("$.id.['a','b']", RECORD, {"a": 1, "b": 2}),
        ("$['features'][1]", RECORD, 8),
        ("$[1]", ROW, 1),
        ("$[-1]", ROW, 6),
        ("$[1,3,5]", ROW, [1, 3, 5]),
        ("$[0,5:]", ROW, [0, 5, 6]),
        # "`$[1:4]` specifies the second through fifth columns"; "`[:5]` ... the first column through the sixth".
        ("$[1:4]", ROW, [1, 2, 3, 4]),
        ("$[5:]", ROW, [5, 6]),
        ("$[:5]", ROW, [0, 1, 2, 3, 4, 5]),
        ("$[:]", ROW, ROW),
        ("$[3:-1]", ROW, [3, 4, 5, 6]),
        ("$[*]", ROW, ROW),
        ("$[*].a", [{"a": 1}, {"a": 2}], [1, 2]),
    ],
)
def test_a_path_selects_what_the_guide_shows(expression: str, value: Any, selected: Any) -> None:
    assert JsonPath(expression).select(value) == selected


@pytest.mark.parametrize(
    "expression", ["", "id", "$.", "$..id", "$[?(@.a > 1)]", "$.length()", "$['a'", "$[1,'a']", "$[]", "$[1:2:3]"]
)
def test_what_the_guide_does_not_list_is_refused(expression: str) -> None:
    with pytest.raises(PathInvalid):
        JsonPath(expression)


@pytest.mark.parametrize(
    ("expression", "value"),
    [("$.x", RECORD), ("$[7]", ROW), ("$[-8]", ROW), ("$.id", ROW), ("$[0]", RECORD), ("$.*", 1), ("$['a','x']", {})],
)
def test_what_is_not_there_is_an_error(expression: str, value: Any) -> None:
    """API, OutputFilter: "If you specify indexes that aren't within the dimension size ..., you get an error"."""
    with pytest.raises(NotFound):
        JsonPath(expression).select(value)
