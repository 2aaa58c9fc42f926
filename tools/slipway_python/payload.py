"""A request's body from Python values, and Python values from a response's body."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from slipway_cli.sdk.errors import ClientError
from slipway_cli.sdk.invoke import Answer, content_type_of

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
PNG, BYTES = "image/png", "application/octet-stream"
TABLE = 2  # dimensions of rows and columns


class PayloadUnsupported(ClientError):
    """The value cannot be sent as the content type."""


def body_of(value: Any, content_type: str | None = None) -> tuple[bytes, str]:
    """Return the body and its content type.

    Without a content type: a `Path` is a file, by its suffix; bytes are sent as they are; a pandas DataFrame or Series
    is CSV without header and index, and so is a NumPy array of one or two dimensions, because every family of AWS's
    containers reads CSV; an array of more is NPY; a Pillow image is PNG; all else is JSON. With one, the value
    is written as that type. Raises `PayloadUnsupported` or `ContentTypeUnknown`.
    """
    if isinstance(value, Path):
        return value.read_bytes(), content_type or content_type_of(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value), content_type or BYTES
    if isinstance(value, str) and content_type:
        return value.encode(), content_type
    chosen = content_type or _default_type(value)
    write = _WRITERS.get(chosen)
    if write is None:
        raise PayloadUnsupported(
            f"A {type(value).__name__} cannot be written as {chosen}: pass bytes, or one of {', '.join(_WRITERS)}."
        )
    try:
        return write(value), chosen
    except (TypeError, ValueError, AttributeError) as wrong:
        raise PayloadUnsupported(f"A {type(value).__name__} cannot be written as {chosen}: {wrong}.") from wrong


def value_of(answer: Answer) -> Any:
    """Return a response's body: JSON as values, CSV as rows, NPY as an array, other text as str, all else as bytes."""
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return answer.document if answer.document is not None else answer.body.decode(errors="replace")
    if kind == NPY:
        import numpy  # noqa: PLC0415 - a caller that asks for arrays has it

        return numpy.load(io.BytesIO(answer.body), allow_pickle=False)
    if kind == CSV:
        return [[_cell(cell) for cell in row] for row in csv.reader(io.StringIO(answer.body.decode()))]
    return answer.body.decode() if kind.startswith("text/") else answer.body


def _default_type(value: Any) -> str:
    if _is_frame(value):
        return CSV
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "ndim"):
        return CSV if 0 < value.ndim <= TABLE else NPY if value.ndim else JSON
    return PNG if type(value).__module__.startswith("PIL.") else JSON


def _is_frame(value: Any) -> bool:
    return hasattr(value, "to_csv") and hasattr(value, "to_numpy")


def _json(value: Any) -> bytes:
    return json.dumps(value, default=_plain, allow_nan=False).encode()


def _plain(value: Any) -> Any:
    """Return a DataFrame's rows, an array's lists, a NumPy number: what the json module does not know."""
    if _is_frame(value):
        return value.to_numpy().tolist()
    return value.tolist()


def _csv(value: Any) -> bytes:
    if _is_frame(value):
        return str(value.to_csv(header=False, index=False)).encode()
    rows = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(rows, Mapping | str):
        raise TypeError("pass rows of cells")
    lines = io.StringIO()
    is_table = all(isinstance(row, list | tuple) for row in rows)
    csv.writer(lines, lineterminator="\n").writerows(rows if is_table else [rows])
    return lines.getvalue().encode()


def _npy(value: Any) -> bytes:
    import numpy  # noqa: PLC0415 - a caller that sends arrays has it

    body = io.BytesIO()
    numpy.save(body, value.to_numpy() if _is_frame(value) else numpy.asarray(value), allow_pickle=False)
    return body.getvalue()


def _png(value: Any) -> bytes:
    body = io.BytesIO()
    value.save(body, format="PNG")
    return body.getvalue()


def _cell(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


_WRITERS: dict[str, Callable[[Any], bytes]] = {JSON: _json, CSV: _csv, NPY: _npy, PNG: _png}
