"""Algorithm mode: the models that the built-in XGBoost trained, without a script.

After `algorithm_mode/serve.py` and `serve_utils.py` of https://github.com/aws/sagemaker-xgboost-container, which serve
a single model; `handler_service.py` there is for many models and answers differently.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import flask
import numpy as np
import xgboost
from sagemaker_containers import _encoders
from scipy.sparse import csr_matrix

from sagemaker_xgboost_container import encoder, selectable
from sagemaker_xgboost_container.content_types import CSV, LIBSVM, PARQUET, RECORDIO, kind_of, media_type

LOGGER = logging.getLogger(__name__)
ACCEPTED = ["application/json", "application/jsonlines", "application/x-recordio-protobuf", "text/csv"]
MIB = 1024**2
MAX_LIMIT = 20 * MIB
BATCH, ENSEMBLE, OUTPUT = "SAGEMAKER_BATCH", "SAGEMAKER_INFERENCE_ENSEMBLE", "SAGEMAKER_INFERENCE_OUTPUT"
VOTING = ("multi:softmax", "binary:hinge")


@dataclass(frozen=True)
class Model:
    """A booster, and whether it was pickled, as by the first images."""

    booster: Any
    pickled: bool


@dataclass(frozen=True)
class Models:
    """What is served: one model, or several as an ensemble."""

    models: Sequence[Model]
    objective: str
    classes: str

    def predict(self, data: Any, kind: str) -> Any:
        """Return a prediction for each row: of several models the mean, or of classes the most frequent one."""
        if self.models[0].pickled:
            _check_features(self.models[0].booster.num_features(), data.num_col(), kind)
        predictions = [_predict(model.booster, data) for model in self.models]
        if len(predictions) == 1:
            return predictions[0]
        if self.objective in VOTING:
            from scipy import stats  # noqa: PLC0415 - takes half a second, and is for these alone

            LOGGER.info("Vote ensemble prediction of %s with %d models", self.objective, len(predictions))
            return stats.mode(predictions).mode[0]
        LOGGER.info("Average ensemble prediction of %s with %d models", self.objective, len(predictions))
        return np.mean(predictions, axis=0)


def load(folder: str) -> Models:
    """Return the models of a folder's files. Raises RuntimeError for a file that is none, IndexError without one."""
    files = []
    for entry in os.scandir(folder):
        if entry.is_file() and entry.name.startswith("."):
            LOGGER.warning(
                "Ignoring dotfile '%s' found in model directory - please exclude dotfiles from model archives",
                entry.path,
            )
        elif entry.is_file():
            files.append(entry.path)
    if os.environ.get(ENSEMBLE, "true").lower() != "true":
        files = files[:1]
    models = [_loaded(path) for path in files]
    learner = json.loads(models[0].booster.save_config())["learner"]
    objective = learner["objective"]["name"]
    LOGGER.info("Model objective : %s", objective)
    return Models(models, objective, learner["learner_model_param"].get("num_class", ""))


def _loaded(path: str) -> Model:
    try:
        with Path(path).open("rb") as file:
            model = Model(pickle.load(file), pickled=True)  # noqa: S301 - the user's own model, as on AWS
    except Exception as no_pickle:  # noqa: BLE001 - a file that is no pickle raises anything
        try:
            booster = xgboost.Booster()
            booster.load_model(path)
        except Exception as no_model:
            raise RuntimeError(
                f"Model {path} cannot be loaded:\nPickle load error={no_pickle}\nXGB load model error={no_model}"
            ) from no_model
        model = Model(booster, pickled=False)
    model.booster.set_param("nthread", 1)
    return model


def _predict(booster: Any, data: Any) -> Any:
    best = getattr(booster, "best_iteration", None) if booster.attributes().get("best_iteration") else None
    rounds = {} if best is None else {"iteration_range": (0, best + 1)}
    return booster.predict(data, validate_features=False, **rounds)


def _check_features(trained: int, sent: int, kind: str) -> None:
    # A CSV row may lack a column or have its label; a LIBSVM row may lack its last ones.
    if kind == LIBSVM and sent > trained + 1:
        raise ValueError(
            f"Feature size of {kind} inference data {sent} is larger than feature size of trained model {trained}."
        )
    if kind in (CSV, RECORDIO) and trained not in (sent, sent + 1):
        raise ValueError(
            f"Feature size of {kind} inference data {sent} is not consistent with feature size of trained model "
            f"{trained}."
        )


def parse(body: bytes, content_type: str | None) -> tuple[Any, str]:
    """Return the DMatrix of a body and its kind. Raises in the image's words."""
    kind = kind_of(content_type)
    if kind == PARQUET:
        raise RuntimeError(f"Content-type {content_type} is not supported.")
    reader = {CSV: _read_csv, LIBSVM: _read_libsvm, RECORDIO: encoder.recordio_protobuf_to_dmatrix}[kind]
    try:
        return reader(body), kind
    except Exception as error:
        between = " " if kind == RECORDIO else "\n "
        raise RuntimeError(
            f"Loading {kind} data failed with Exception, please ensure data is in {kind} format:"
            f"{between}{type(error)}{between}{error}"
        ) from error


def _read_csv(body: bytes) -> Any:
    return encoder.csv_to_dmatrix(body.strip().decode())


def _read_libsvm(body: bytes) -> Any:
    rows, columns, values = encoder.libsvm_cells(body.strip().decode())
    return xgboost.DMatrix(csr_matrix((values, (rows, columns))))


def accept_of(header: str) -> str:
    """Return the type to answer with, by default SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT. Raises ValueError."""
    accept: str = media_type(header)[0]
    if not accept or accept == "*/*":
        return os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv")
    if accept.lower() not in ACCEPTED:
        raise ValueError(f"Accept type {accept} is not supported. Please use supported accept types: {ACCEPTED}.")
    return accept.lower()


def content_limit() -> int:
    """Return the bytes that a request may have."""
    return min(int(os.environ.get("MAX_CONTENT_LENGTH", 6 * MIB)), MAX_LIMIT)


def application(models: Models) -> flask.Flask:
    """Return the WSGI application over loaded models."""
    app = flask.Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = content_limit()

    @app.route("/ping", methods=["GET"])
    def ping() -> flask.Response:
        return flask.Response(status=HTTPStatus.OK)

    @app.route("/execution-parameters", methods=["GET"])
    def execution_parameters() -> flask.Response:
        parameters = {
            "MaxConcurrentTransforms": multiprocessing.cpu_count(),
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": content_limit() // MIB,
        }
        return flask.Response(json.dumps(parameters), mimetype="application/json")

    @app.route("/invocations", methods=["POST"])
    def invocations() -> flask.Response:
        return _answer(models)

    return app


def _answer(models: Models) -> flask.Response:
    body = flask.request.data
    if not body:
        return flask.Response(status=HTTPStatus.NO_CONTENT)
    try:
        data, kind = parse(body, flask.request.content_type)
    except Exception as error:  # noqa: BLE001 - the image answers with whatever it is
        return _failed(error, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        predictions = models.predict(data, kind)
    except Exception as error:  # noqa: BLE001 - likewise
        return _failed(error, HTTPStatus.BAD_REQUEST, "Unable to evaluate payload provided: ")
    try:
        accept = accept_of(flask.request.headers.get("accept", ""))
    except ValueError as error:
        return _failed(error, HTTPStatus.NOT_ACCEPTABLE)
    return _encoded(models, predictions, accept)


def _encoded(models: Models, predictions: Any, accept: str) -> flask.Response:
    if OUTPUT in os.environ:
        keys = selectable.keys_of(os.environ[OUTPUT])
        try:
            rows = selectable.select(predictions, keys, models.objective, models.classes)
            content = selectable.encode(rows, keys, accept)
            if os.environ.get(BATCH) and accept == "text/csv":
                content = f"{content!s}\n"
        except Exception as error:  # noqa: BLE001 - likewise
            return _failed(error, HTTPStatus.INTERNAL_SERVER_ERROR)
        return flask.Response(content, mimetype=accept)
    listed = predictions.tolist()
    if os.environ.get(BATCH):
        return flask.Response("".join(f"{value}\n" for value in listed), mimetype=accept)
    if accept == "application/json":
        content = json.dumps({"predictions": [{"score": score} for score in listed]})
    else:
        content = _encoders.encode(listed, accept)
    return flask.Response(content, mimetype=accept)


def _failed(error: Exception, status: HTTPStatus, prefix: str = "") -> flask.Response:
    LOGGER.error("%s", error, exc_info=error)
    return flask.Response(f"{prefix}{error}", status=status)


def model_folder() -> str:
    """Return the folder of the model's files."""
    return os.environ.get("SM_MODEL_DIR", str(Path("/opt/ml/model")))
