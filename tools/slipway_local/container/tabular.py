"""CSV and LIBSVM as the built-in XGBoost algorithm reads them; imported by `xgboost_model` alone.

As `serve_utils.py` and `encoder.py` of https://github.com/aws/sagemaker-xgboost-container do.
"""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

SNIFFED = 512  # characters of the first line that the delimiter is read from


def from_csv(text: str) -> Any:
    """Return rows as an array of floats, nan where a value is missing. Raises ValueError or csv.Error."""
    lines = text.strip().split("\n")
    sniffed = csv.Sniffer().sniff(lines[0][:SNIFFED]).delimiter
    delimiter = "," if sniffed.isalnum() else sniffed
    return np.array([[value.strip() or "nan" for value in line.split(delimiter)] for line in lines]).astype(float)


def from_libsvm(text: str) -> Any:
    """Return rows of `[label] index:value ...` as a sparse matrix; labels are passed over. Raises ValueError."""
    rows, columns, values = [], [], []
    for row, line in enumerate(text.strip().split("\n")):
        for item in line.split():
            index, colon, value = item.partition(":")
            if colon:
                rows.append(row)
                columns.append(int(index))
                values.append(float(value))
    return csr_matrix((values, (rows, columns)))
