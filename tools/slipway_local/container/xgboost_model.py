"""The built-in XGBoost algorithm: the model file it trained, CSV or LIBSVM in, CSV or JSON out.

As `algorithm_mode/handler_service.py` of https://github.com/aws/sagemaker-xgboost-container does; RecordIO and the
selectable output of SAGEMAKER_INFERENCE_OUTPUT are not served.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from slipway_local.container.codecs import ANY, CSV, JSON, encode
from slipway_local.container.exchange import Reply, Request
from slipway_local.container.settings import Settings

LOGGER = logging.getLogger(__name__)
READERS = {
    CSV: ("csv", "from_csv"),
    "text/libsvm": ("libsvm", "from_libsvm"),
    "text/x-libsvm": ("libsvm", "from_libsvm"),
}
Predict = Callable[[Any], Any]


class XGBoostModel:
    """A booster behind the algorithm's contract; `predict` takes an array or a sparse matrix, a row for each answer."""

    def __init__(self, predict: Predict) -> None:
        self._predict = predict

    def answer(self, request: Request) -> Reply:
        """Serve one request; what cannot be read is a 415, what does not fit the model a 400, as in the container."""
        if not request.body:
            return Reply(204, b"", CSV)
        try:
            data = read(request.body, request.content_type)
        except Exception as error:  # noqa: BLE001 - whatever the reader raises, the container answers with it
            return _refused(415, str(error))
        try:
            predictions = self._predict(data)
        except Exception as error:  # noqa: BLE001 - likewise
            return _refused(400, f"Unable to evaluate payload provided: {error}")
        return written(predictions.tolist(), request.accept)


def read(body: bytes, content_type: str) -> Any:
    """Return the rows of a body. Raises `ValueError` in the container's words."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in READERS:
        raise ValueError(f"{kind} is not an accepted ContentType: {', '.join(READERS)}.")
    name, function = READERS[kind]
    try:
        return getattr(import_module("slipway_local.container.tabular"), function)(body.decode())
    except Exception as error:
        raise ValueError(
            f"Loading {name} data failed with Exception, please ensure data is in {name} format:\n "
            f"{type(error)}\n {error}"
        ) from error


def written(predictions: list[Any], accept: str) -> Reply:
    """Return the answer as Accept says, CSV where it says nothing; CSV is one line, as the container writes it."""
    wanted = accept.partition(";")[0].strip().lower()
    if wanted in ("", ANY, CSV):
        return Reply(200, ",".join(map(str, predictions)).encode(), CSV)
    if wanted == JSON:
        return Reply(200, str(encode(predictions, JSON)).encode(), JSON)
    return _refused(
        415,
        f"Encoding to accept type {accept} failed with exception: {accept} is not an accepted Accept type. "
        f"Please choose one of the following: ['{CSV}', '{JSON}'].",
    )


def load(settings: Settings) -> XGBoostModel:
    """Return the model of an unpacked archive. Raises RuntimeError for a file that is no model."""
    xgboost = import_module("xgboost")
    files = sorted(path for path in settings.model_dir.iterdir() if path.is_file())
    if not files:
        raise RuntimeError(f"Unable to load model: there is no file in {settings.model_dir}")
    booster = booster_of(files[0], xgboost)
    booster.set_param("nthread", 1)
    return XGBoostModel(lambda data: booster.predict(xgboost.DMatrix(data), validate_features=False))


def booster_of(file: Path, xgboost: Any) -> Any:
    """Return a booster, pickled (by the first images) or in XGBoost's own format. Raises RuntimeError."""
    try:
        return pickle.loads(file.read_bytes())  # noqa: S301 - the user's own model, as on AWS
    except Exception as not_pickled:  # noqa: BLE001 - a file that is no pickle raises anything
        try:
            booster = xgboost.Booster()
            booster.load_model(str(file))
        except xgboost.core.XGBoostError as error:
            raise RuntimeError(f"Model at {file} cannot be loaded:\n{not_pickled}\n{error}") from error
        return booster


def _refused(status: int, message: str) -> Reply:
    LOGGER.warning("An invocation was refused: %s", message)
    return Reply.of_text(status, message)
