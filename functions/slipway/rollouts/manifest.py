"""The manifest of a rollout: JSON Lines or CSV, one deployment input a line.

The first line of either may be `{"Defaults": {...}}`, whose fields each line may override.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.deployment.escaping import quoted
from slipway.planning.contract.json_text import parse_json
from slipway.planning.contract.schema import deployment_schema
from slipway.rollouts.errors import ManifestInvalid

DEFAULTS = "Defaults"
CSV_SUFFIX = ".csv"


@dataclass(frozen=True)
class Line:
    """A line by its number in the file, from 1: a deployment input with the defaults, or why there is none."""

    number: int
    document: Mapping[str, Any]
    refused: str = ""


def read_manifest(content: bytes, key: str) -> list[Line]:
    """Return the lines of a manifest; a key that ends with .csv is CSV. Raises `ManifestInvalid`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise ManifestInvalid(f"{key} is not UTF-8 ({broken}): save it as UTF-8.") from None
    rows = [(number, row) for number, row in enumerate(text.split("\n"), 1) if row.strip()]
    defaults: Mapping[str, Any] = {}
    if rows and (found := _defaults_of(rows[0][1], key)) is not None:
        defaults, rows = found, rows[1:]
    read = _read_csv if key.endswith(CSV_SUFFIX) else _read_json_lines
    return [Line(one.number, {**defaults, **one.document}, one.refused) for one in read(rows, key)]


def _defaults_of(row: str, key: str) -> Mapping[str, Any] | None:
    try:
        header = parse_json(row)
    except ValueError:
        return None  # a line of CSV, or one that is reported as a line
    if not isinstance(header, dict) or list(header) != [DEFAULTS]:
        return None
    if not isinstance(header[DEFAULTS], dict):
        raise ManifestInvalid(f'{DEFAULTS} in {key} is not a JSON object: write for example {{"{DEFAULTS}": {{}}}}.')
    return dict(header[DEFAULTS])


def _read_json_lines(rows: list[tuple[int, str]], _key: str) -> Iterator[Line]:
    for number, row in rows:
        try:
            document = parse_json(row)
        except ValueError as broken:
            yield Line(number, {}, f"it is not JSON: {broken}")
            continue
        yield Line(number, document) if isinstance(document, dict) else Line(number, {}, "it is not a JSON object")


def _read_csv(rows: list[tuple[int, str]], key: str) -> Iterator[Line]:
    if not rows:
        return
    names = next(csv.reader([rows[0][1]]))
    if len(set(names)) < len(names):
        raise ManifestInvalid(f"The header of {key} names a field twice: {quoted(rows[0][1])}.")
    for number, row in rows[1:]:
        cells = next(csv.reader([row]))
        if len(cells) != len(names):
            yield Line(number, {}, f"it has {len(cells)} cells, but the header has {len(names)}")
            continue
        yield Line(number, {name: _value(name, cell) for name, cell in zip(names, cells, strict=True) if cell.strip()})


def _value(name: str, cell: str) -> Any:
    """Return a cell as its field's type; one that is not JSON stays text, which the contract reports."""
    if deployment_schema()["properties"].get(name, {}).get("type") == "string":
        return cell.strip()
    try:
        return json.loads(cell)
    except ValueError:
        return cell.strip()
