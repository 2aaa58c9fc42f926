"""Requests to DMatrix: CSV, LIBSVM and RecordIO. After `encoder.py` of aws/sagemaker-xgboost-container."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import xgboost
from sagemaker_containers import _errors

from sagemaker_xgboost_container import recordio
from sagemaker_xgboost_container.content_types import media_type

SNIFFED = 512  # characters of the first line that show the delimiter


def csv_to_dmatrix(content: str | bytes, dtype: Any = None) -> Any:
    """Return rows of numbers; a missing one is nan. Raises ValueError or csv.Error."""
    text = content.decode() if isinstance(content, (bytes, bytearray)) else content
    lines = text.split("\n")
    sniffed = csv.Sniffer().sniff(lines[0][:SNIFFED]).delimiter
    delimiter = "," if sniffed.isalnum() else sniffed
    rows = [["nan" if cell == "" else cell for cell in line.split(delimiter)] for line in lines]
    return xgboost.DMatrix(np.array(rows).astype(dtype or float))


def libsvm_to_dmatrix(content: str | bytes) -> Any:
    """Return rows of `index:value`, 0 where an index is missing; from 1 where no index is 0."""
    text = content.decode() if isinstance(content, (bytes, bytearray)) else content
    rows, columns, values = libsvm_cells(text.strip())
    if not rows:
        return xgboost.DMatrix(np.empty((0, 1)))
    dense = np.zeros((max(rows) + 1, max(columns) + 1))
    dense[rows, columns] = values
    return xgboost.DMatrix(dense)


def recordio_protobuf_to_dmatrix(content: bytes) -> Any:
    """Return the features of the records."""
    return xgboost.DMatrix(recordio.read(bytes(content)))


def libsvm_cells(text: str) -> tuple[list[int], list[int], list[float]]:
    """Return the rows, columns and values of LIBSVM lines; what has no colon, a label, is passed over."""
    rows, columns, values = [], [], []
    for row, line in enumerate(text.split("\n")):
        for item in line.split(" "):
            if ":" in item:
                index, value = item.split(":")[:2]
                rows.append(row)
                columns.append(int(index))
                values.append(value)
    shift = 1 if columns and min(columns) >= 1 else 0
    # numpy's words for a value that is no number are the image's.
    return rows, [column - shift for column in columns], np.array(values, dtype=str).astype(float).tolist()


DECODERS = {
    "text/csv": csv_to_dmatrix,
    "text/libsvm": libsvm_to_dmatrix,
    "text/x-libsvm": libsvm_to_dmatrix,
    "application/x-recordio-protobuf": recordio_protobuf_to_dmatrix,
}


def decode(obj: Any, content_type: str) -> Any:
    """Return the DMatrix of a request's body. Raises sagemaker-containers' `UnsupportedFormatError`."""
    name, _ = media_type(content_type)
    if name not in DECODERS:
        raise _errors.UnsupportedFormatError(name)
    return DECODERS[name](obj)
