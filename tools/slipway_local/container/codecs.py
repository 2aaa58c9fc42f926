"""The content types that need no code of the user's: JSON, CSV, NPY and NPZ.

The same behaviour as sagemaker-inference-toolkit's `decoder.py` and `encoder.py`. All but writing JSON is in
`arrays`, imported when first needed: a script with its own input_fn and output_fn never pays for numpy.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

JSON = "application/json"
CSV = "text/csv"
NPY = "application/x-npy"
NPZ = "application/x-npz"
ANY = "*/*"
UTF8_TYPES = frozenset({JSON, CSV})

DECODERS = {JSON: "from_json", CSV: "from_csv", NPY: "from_npy", NPZ: "from_npz"}
ENCODERS = {CSV: "to_csv", NPY: "to_npy"}


class UnsupportedFormatError(Exception):
    """Neither the user's script nor the toolkit's defaults know the content type."""

    def __init__(self, content_type: str) -> None:
        super().__init__(
            f"Content type {content_type} is not supported by this framework. Please implement input_fn to "
            "deserialize the request data or an output_fn to serialize the response."
        )


def decode(body: str | bytes, content_type: str) -> Any:
    """Return an array of the body. Raises `UnsupportedFormatError`; ValueError where it does not parse."""
    if content_type not in DECODERS:
        raise UnsupportedFormatError(content_type)
    return _in_arrays(DECODERS[content_type], body)


def encode(prediction: Any, accept: str) -> str | bytes:
    """Encode as `accept` says. Raises `UnsupportedFormatError`; TypeError without a JSON form."""
    if accept == JSON:
        return json.dumps(prediction, default=_plain)
    if accept not in ENCODERS:
        raise UnsupportedFormatError(accept)
    encoded: str | bytes = _in_arrays(ENCODERS[accept], prediction)
    return encoded


def _in_arrays(function: str, value: Any) -> Any:
    return getattr(import_module("slipway_local.container.arrays"), function)(value)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
