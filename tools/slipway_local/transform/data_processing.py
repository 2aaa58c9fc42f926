"""DataProcessing: what of a record the container gets, and what of the record and its answer is written.

DG "Associate Prediction Results with Input Records"; API, DataProcessing.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slipway_local.transform.json_path import JsonPath, NotFound

CSV, JSON, JSON_LINES = "text/csv", "application/json", "application/jsonlines"
CONTENT_TYPES = (CSV, JSON, JSON_LINES)
OUTPUT, INPUT = "SageMakerOutput", "SageMakerInput"
# How many characters a field of CSV may have: no limit of batch transform is documented.
csv.field_size_limit(2**31 - 1)


class ProcessingFailed(Exception):
    """The data cannot be filtered or joined; the message is what the data log says.

    "Failed to parse output from the algorithm as CSV" is AWS's (amazon-sagemaker-examples issue 821); the others are
    in its form.
    """


@dataclass(frozen=True)
class DataProcessing:
    """One job's filters and join, for one content type."""

    input_filter: JsonPath
    output_filter: JsonPath
    joins: bool
    content_type: str

    @property
    def is_plain(self) -> bool:
        """Say whether records and answers pass as they are."""
        return self.input_filter.is_root and self.output_filter.is_root and not self.joins

    def request(self, payload: bytes, *, is_one: bool) -> bytes:
        """Return what the container gets of a payload; `is_one` says that JSON is one document and not lines."""
        if self.input_filter.is_root:
            return payload
        records = self._parsed(payload, is_one, "Failed to parse input")
        return self._written([_selected(self.input_filter, record, self.content_type) for record in records], is_one)

    def output(self, payload: bytes, answer: bytes, *, is_one: bool) -> bytes:
        """Return what is written of a payload and its answer. Raises `ProcessingFailed`."""
        if self.output_filter.is_root and not self.joins:
            return answer
        found = self._parsed(answer, is_one, "Failed to parse output from the algorithm")
        if self.joins:
            records = self._parsed(payload, is_one, "Failed to parse input")
            if len(records) != len(found):
                raise ProcessingFailed(
                    f"Fail to join data: the input has {len(records)} records and the output {len(found)}"
                )
            found = [_joined(record, one, self.content_type) for record, one in zip(records, found, strict=True)]
        return self._written([_selected(self.output_filter, one, self.content_type) for one in found], is_one)

    def _parsed(self, content: bytes, is_one: bool, failed: str) -> list[Any]:
        try:
            text = content.decode()
            if self.content_type == CSV:
                return list(csv.reader(io.StringIO(text, newline=""), strict=True))
            if is_one:
                return [json.loads(text)]
            return [json.loads(line) for line in text.split("\n") if line.strip()]
        except (ValueError, csv.Error) as error:
            kind = "CSV" if self.content_type == CSV else "JSON"
            raise ProcessingFailed(f"{failed} as {kind}: {error}") from error

    def _written(self, records: Sequence[Any], is_one: bool) -> bytes:
        if self.content_type == CSV:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(records)
            return text.getvalue().encode()
        if is_one:
            return json.dumps(records[0]).encode()
        return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def _joined(record: Any, answer: Any, content_type: str) -> Any:
    if content_type == CSV:
        return [*record, *answer]
    return {**record, OUTPUT: answer} if isinstance(record, dict) else {INPUT: record, OUTPUT: answer}


def _selected(path: JsonPath, record: Any, content_type: str) -> Any:
    try:
        found = path.select(record)
    except NotFound as missing:
        raise ProcessingFailed(f"Failed to evaluate the JSONPath filter: there is no {missing} in a record") from None
    # "each row is taken as a JSON array": one column is a row of one.
    return [found] if content_type == CSV and not isinstance(found, list) else found
