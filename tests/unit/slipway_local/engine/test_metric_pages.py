"""Pages of GetMetricData: whatever their length, together they are the whole."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from slipway_local.engine.patches.cloudwatch import as_aws_answers


def ministack(series: list[list[int]]) -> Any:
    """A GetMetricData that gives everything at once, oldest first."""

    def answer(*_: object) -> tuple[int, dict[str, str], bytes]:
        results = [
            {"Id": f"q{n}", "Label": f"q{n}", "StatusCode": "Complete", "Timestamps": values, "Values": values}
            for n, values in enumerate(series)
        ]
        return 200, {}, json.dumps({"MetricDataResults": results}).encode()

    return answer


@given(st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=6), st.integers(1, 9), st.booleans())
def test_pages_together_are_the_whole(series: list[list[int]], most: int, ascending: bool) -> None:
    call = as_aws_answers(ministack(series), lambda *_, **__: (400, {}, b""))
    request: dict[str, Any] = {"MaxDatapoints": most, "ScanBy": "TimestampAscending" if ascending else "other"}
    gathered: dict[str, list[int]] = {}
    statuses: dict[str, str] = {}

    while True:
        page = json.loads(call({}, request, False, True)[2])
        assert sum(len(result["Values"]) for result in page["MetricDataResults"]) <= most
        for result in page["MetricDataResults"]:
            gathered.setdefault(result["Id"], []).extend(result["Values"])
            statuses[result["Id"]] = result["StatusCode"]
        if "NextToken" not in page:
            break
        request["NextToken"] = page["NextToken"]

    expected = [values if ascending else values[::-1] for values in series]
    assert list(gathered.values()) == expected
    assert set(statuses.values()) <= {"Complete"}
