"""The table of docs/inference.md, by what AWS's own containers answered: tests/fixtures/recordings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.hosting.recordings import cases

PAGE = Path(__file__).parents[3] / "docs" / "inference.md"
ROWS = re.findall(r"^\| `([\w-]+)` \| (.+) \| (\d+) \| (yes|no) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
OWN_INPUT = ("input_fn", "transform_fn")


def code_of(case: dict[str, Any]) -> str:
    return "\n".join(file.get("text", "") for name, file in case["archive"].items() if name.endswith(".py"))


def statuses(family: str) -> Iterator[tuple[str, int]]:
    """Yield the content type and the status of each answer of a container that reads the request itself."""
    for case in cases(family):
        if not any(name in code_of(case) for name in OWN_INPUT):
            for request, response in zip(case["requests"], case["responses"], strict=True):
                is_read = request["path"] == "/invocations" and "Content-Type" in request["headers"]
                if is_read and "status" in response:
                    yield request["headers"]["Content-Type"].partition(";")[0].lower(), response["status"]


@pytest.mark.parametrize(("family", "types", "status", "context"), ROWS, ids=[row[0] for row in ROWS])
def test_the_page_says_what_a_family_reads(family: str, types: str, status: str, context: str) -> None:
    answered = set(statuses(family))
    read = {kind for kind, answer in answered if answer == 200}

    assert read == set(re.findall(r"`([^`]+)`", types))
    assert {answer for kind, answer in answered if kind == "application/octet-stream"} <= {int(status)}
    names = {f"{family}/arity-predict_ctx", f"{family}/arity-transform_ctx"}
    with_context = [case for case in cases(family) if case["id"] in names]
    assert {case["responses"][0]["status"] == 200 for case in with_context} == {context == "yes"}


def test_every_family_with_functions_is_on_the_page() -> None:
    assert {row[0] for row in ROWS} == {"sklearn", "xgboost-script", "pytorch", "toolkit", "huggingface"}
