"""SmokeTest: one sample or several, and one expectation of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slipway.errors import FieldMissing, FieldsConflict
from slipway.planning.contract.schema import samples_of

EXPECTATIONS = ("Json", "Regex", "Schema", "Sha256", "Size")
OF_JSON = ("Match", "Tolerance")
OF_SAMPLE = ("PayloadUrl", "ContentType", "Accept", "TargetContainerHostname", "TargetModel", "Expect", "MaxLatencyMs")
EXAMPLE = '{"PayloadUrl": "s3://my-bucket/sample.csv", "ContentType": "text/csv"}'


def check_smoke_test(document: Mapping[str, Any]) -> None:
    """Check SmokeTest. Raises `FieldMissing` or `FieldsConflict`."""
    if "SmokeTest" not in document:
        return
    test = document["SmokeTest"]
    if "Samples" in test:
        if beside := [name for name in OF_SAMPLE if name in test]:
            raise FieldsConflict(
                f"SmokeTest.Samples and SmokeTest.{beside[0]} exclude each other: move {beside[0]} into one of the "
                "Samples, or remove Samples."
            )
    elif missing := [name for name in ("PayloadUrl", "ContentType") if name not in test]:
        raise FieldMissing(f"SmokeTest.{missing[0]} is missing: add it, for example {EXAMPLE}.")
    for where, sample in samples_of(document):
        if "Expect" in sample:
            _check_expectation(f"{where}.Expect", sample["Expect"])


def _check_expectation(where: str, expect: Mapping[str, Any]) -> None:
    given = [name for name in EXPECTATIONS if name in expect]
    if not given:
        raise FieldMissing(f"{where} has no expectation: add one of {', '.join(EXPECTATIONS)}.")
    if len(given) > 1:
        raise FieldsConflict(
            f"{where}.{given[0]} and {where}.{given[1]} exclude each other: a sample has one expectation; keep one of "
            "them, and add the sample again for the other."
        )
    beside = [name for name in OF_JSON if name in expect]
    if beside and given != ["Json"]:
        raise FieldsConflict(
            f"{where}.{beside[0]} and {where}.{given[0]} exclude each other: {beside[0]} goes with Json; remove it."
        )
