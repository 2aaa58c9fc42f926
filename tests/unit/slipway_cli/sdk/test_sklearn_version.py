"""Which scikit-learn saved a model is read from files that scikit-learn, pickle and joblib wrote."""

from __future__ import annotations

import io
import pickle
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_cli.sdk.preparation import checked_model
from slipway_cli.sdk.sklearn_version import CHUNK, KEY, version_in

INSTALLED = version("scikit-learn")
OWN_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/mine:1"


@pytest.fixture(scope="module")
def model() -> Any:
    # Imported here, because every process of a run collects this module, and one runs it.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    rows = np.arange(600.0).reshape(200, 3)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, rows[:, 0] > 300)


def read(content: bytes) -> str | None:
    return version_in(io.BufferedReader(io.BytesIO(content)))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_each_protocol_of_pickle_is_read(model: Any, protocol: int) -> None:
    assert read(pickle.dumps(model, protocol)) == INSTALLED


@pytest.mark.parametrize("compress", [0, "zlib", "gzip", "bz2", "lzma", "xz"])
def test_files_of_joblib_are_read_compressed_or_not(model: Any, compress: Any, tmp_path: Path) -> None:
    joblib.dump(model, tmp_path / "model", compress=(compress, 3) if compress else 0)

    assert read((tmp_path / "model").read_bytes()) == INSTALLED


@pytest.mark.parametrize("start", range(CHUNK - 90, CHUNK + 2, 7))
def test_the_version_is_found_where_two_chunks_meet(model: Any, start: int) -> None:
    content = pickle.dumps(model)
    padding = start - content.index(KEY)

    assert read(bytes(padding) + content) == INSTALLED


class Opens:
    """An object whose pickle writes a file when it is loaded."""

    def __init__(self, file: str) -> None:
        self.file = file

    def __reduce__(self) -> Any:
        return open, (self.file, "w")


def test_the_model_is_not_loaded(model: Any, tmp_path: Path) -> None:
    content = pickle.dumps((Opens(str(tmp_path / "written")), model))

    assert read(content) == INSTALLED
    assert list(tmp_path.iterdir()) == []


@given(
    st.binary(max_size=20), st.binary(max_size=80), st.sampled_from([b"", b"x\x9c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"])
)
def test_bytes_that_are_no_pickle_have_no_version(before: bytes, after: bytes, magic: bytes) -> None:
    found = read(magic + before + KEY + after)

    assert found is None or found[:1].isdigit()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"Framework": "sklearn", "FrameworkVersion": "1.2-1"},
            "1.2-1 has scikit-learn 1.2: the model may fail to load",
        ),
        ({"Framework": "sklearn", "FrameworkVersion": "0.23-1"}, "0.23-1 has scikit-learn 0.23"),
        ({"Framework": "sklearn", "FrameworkVersion": "1.9-0"}, ""),
        ({"ImageUri": OWN_IMAGE}, ""),
    ],
    ids=str,
)
def test_another_version_in_the_image_is_a_warning_that_names_both(
    model: Any, fields: dict[str, str], words: str, tmp_path: Path
) -> None:
    joblib.dump(model, tmp_path / "wine.joblib")

    _, archive = checked_model({"EndpointName": "wine", **fields}, tmp_path / "wine.joblib", tmp_path)

    said = [warning for warning in archive.warnings if "was saved with" in warning]
    assert len(said) == bool(words)
    if words:
        assert f"wine.joblib was saved with scikit-learn {INSTALLED}" in said[0]
        assert words in said[0]
        assert said[0].endswith("Pass --framework-version 1.9-0, or in Python framework_version='1.9-0'.")
