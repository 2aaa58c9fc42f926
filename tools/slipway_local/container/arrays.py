"""numpy arrays to and from the bytes of a request; imported on first use only, by `codecs`."""

from __future__ import annotations

import io
import json
from importlib import import_module
from typing import Any

import numpy as np


def from_json(body: str) -> Any:
    """Return the array of a JSON value. Raises ValueError."""
    return np.array(json.loads(body))


def from_csv(body: str) -> Any:
    """Return the array of comma-separated values, each column with a type of its own. Raises ValueError."""
    return np.genfromtxt(io.StringIO(body), dtype=None, delimiter=",", encoding="utf-8")


def from_npy(body: bytes) -> Any:
    """Return the array of an NPY file. Raises ValueError."""
    # Pickled arrays are allowed because the toolkit allows them; the body is as trusted as it is on AWS.
    return np.load(io.BytesIO(body), allow_pickle=True)


def from_npz(body: bytes) -> Any:
    """Return the sparse matrix that `scipy.sparse.save_npz` wrote."""
    return import_module("scipy.sparse").load_npz(io.BytesIO(body))


def to_csv(array: Any) -> str:
    """Return one line for each row."""
    text = io.StringIO()
    np.savetxt(text, array, delimiter=",", fmt="%s")
    return text.getvalue()


def to_npy(array: Any) -> bytes:
    """Return an NPY file."""
    raw = io.BytesIO()
    np.save(raw, array)
    return raw.getvalue()
