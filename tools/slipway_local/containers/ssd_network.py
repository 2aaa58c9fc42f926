"""The network of a built-in object-detection archive, in MXNet; imported only where MXNet is installed.

Files as the algorithm writes them: `model_algo_1-symbol.json`, `model_algo_1-0000.params` and `hyperparams.json`,
whose values are all strings (aws-samples/amazon-sagemaker-aws-greengrass-custom-object-detection-model has one).
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import mxnet as mx

from slipway_local.containers.contract import served
from slipway_local.containers.http_front import Answer
from slipway_local.containers.object_detection import NotAnImageError, answer

PREFIX = "model_algo_1"
EPOCH = 0
# What MultiBoxDetection makes is (1, boxes, 6); a training graph hands it on as this output, beside its losses.
DETECTIONS = "det_out_output"


class SsdNetwork:
    """A network bound for one picture at a time. Raises what MXNet raises for files that it cannot read."""

    def __init__(self, model_dir: Path) -> None:
        parameters = json.loads((model_dir / "hyperparams.json").read_text(encoding="utf-8"))
        self._side = int(parameters["image_shape"])
        symbol, weights, states = mx.model.load_checkpoint(str(model_dir / PREFIX), EPOCH)
        inputs: dict[str, tuple[int, ...]] = {"data": (1, 3, self._side, self._side)}
        if "label" in symbol.list_arguments():
            # MultiBoxTarget needs a label to be there; without one it finds nothing to match, and the boxes stay.
            inputs["label"] = (1, 1, 5)
        self._executor = detections_of(symbol).simple_bind(mx.cpu(), grad_req="null", **inputs)
        self._executor.copy_params_from(weights, states, allow_extra_params=True)
        if "label" in inputs:
            self._executor.arg_dict["label"][:] = -1.0
        self._one_at_a_time = threading.Lock()  # the executor has one place for a picture

    def detect(self, image: bytes) -> list[list[float]]:
        """Return MultiBoxDetection's rows in its own order, suppressed ones and all. Raises `NotAnImageError`."""
        pixels = pixels_of(image, self._side)
        with self._one_at_a_time:
            self._executor.arg_dict["data"][:] = pixels
            [detections] = self._executor.forward(is_train=False)
            rows: list[list[float]] = detections[0].asnumpy().tolist()
        return rows


def start() -> tuple[Answer, Callable[[], int]]:
    """Return what serves an unpacked archive. Raises what MXNet raises for files that it cannot read."""
    return served(partial(answer, SsdNetwork(Path(os.environ["SM_MODEL_DIR"])).detect))


def detections_of(symbol: Any) -> Any:
    """Return the one output that holds the boxes: of a training graph `det_out`, of a deployed one its last."""
    outputs = symbol.list_outputs()
    return symbol[outputs.index(DETECTIONS) if DETECTIONS in outputs else len(outputs) - 1]


def pixels_of(image: bytes, side: int) -> Any:
    """Return a JPEG or PNG as (1, 3, side, side): RGB from 0 to 255, stretched to a square, nothing subtracted.

    So does the code that AWS publishes for running such a model elsewhere (`model_loader.py` of the repository
    above). Raises `NotAnImageError`.
    """
    try:
        decoded = mx.image.imdecode(image, flag=1, to_rgb=True)
    except (mx.base.MXNetError, ValueError) as error:
        raise NotAnImageError from error
    resized = mx.image.imresize(decoded, side, side, interp=1)
    return resized.astype("float32").transpose((2, 0, 1)).expand_dims(0)
