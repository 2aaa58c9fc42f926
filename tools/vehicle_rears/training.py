"""Train the detector: run by MXNet's own Python as `python -m vehicle_rears.training PICTURES MODEL_DIR`.

PICTURES is a folder with `truth.json`, `{"0.jpg": [[class, xmin, ymin, xmax, ymax], ...], ...}`, and the JPEGs.
"""

from __future__ import annotations

import json
import logging
import random
import sys
from pathlib import Path
from typing import Any

import mxnet as mx
import numpy as np

from slipway_local.container.ssd_network import EPOCH, PREFIX, detections_of, pixels_of
from vehicle_rears.network import IMAGE_SHAPE, NMS_THRESHOLD, NMS_TOPK, training_symbol

LOGGER = logging.getLogger(__name__)
SEED = 20200509
EPOCHS, BATCH = 24, 32
RATE, WEIGHT_DECAY, MOMENTUM = 0.02, 0.0005, 0.9
SLOWER = {16: 0.1, 21: 0.1}  # after so many epochs the rate is multiplied
MAX_OBJECTS = 4


def main(pictures: Path, model_dir: Path) -> None:
    """Train with fixed seeds and write the three files of the archive."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    for seed in (random.seed, np.random.seed, mx.random.seed):
        seed(SEED)
    images, labels = read(pictures)
    module = train(images, labels, classes := int(labels[:, :, 0].max()) + 1)
    save(module, model_dir, classes, len(images))


def read(folder: Path) -> tuple[Any, Any]:
    """Return the pictures (N, 3, 300, 300) as bytes, and the labels (N, 4, 5), -1 where there is no object."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    images = np.empty((len(truth), 3, IMAGE_SHAPE, IMAGE_SHAPE), dtype=np.uint8)
    labels = np.full((len(truth), MAX_OBJECTS, 5), -1.0, dtype=np.float32)
    for index, (name, objects) in enumerate(truth.items()):
        images[index] = pixels_of((folder / name).read_bytes(), IMAGE_SHAPE).asnumpy()[0].astype(np.uint8)
        if objects:
            labels[index, : len(objects)] = objects
    return images, labels


def train(images: Any, labels: Any, num_classes: int) -> Any:
    """Return the trained module; every epoch sees every picture once, about half of them mirrored."""
    module = mx.mod.Module(training_symbol(num_classes), data_names=["data"], label_names=["label"])
    module.bind(
        data_shapes=[("data", (BATCH, 3, IMAGE_SHAPE, IMAGE_SHAPE))],
        label_shapes=[("label", (BATCH, MAX_OBJECTS, 5))],
    )
    module.init_params(mx.init.Xavier(factor_type="in", magnitude=2))
    module.init_optimizer(
        optimizer="sgd",
        optimizer_params={"learning_rate": RATE, "momentum": MOMENTUM, "wd": WEIGHT_DECAY, "rescale_grad": 1.0},
    )
    chance = np.random.default_rng(SEED)
    for epoch in range(EPOCHS):
        module._optimizer.lr *= SLOWER.get(epoch, 1.0)
        losses = [_step(module, *batch) for batch in _batches(images, labels, chance)]
        LOGGER.info(
            "epoch %2d of %d   loss of classes %.4f   of edges %.4f", epoch + 1, EPOCHS, *np.mean(losses, axis=0)
        )
    return module


def _batches(images: Any, labels: Any, chance: Any) -> Any:
    order = chance.permutation(len(images))
    for start in range(0, len(order) - BATCH + 1, BATCH):
        chosen = order[start : start + BATCH]
        yield _mirrored(images[chosen].astype(np.float32), labels[chosen].copy(), chance.random(BATCH) < 0.5)  # noqa: PLR2004


def _mirrored(images: Any, labels: Any, which: Any) -> tuple[Any, Any]:
    images[which] = images[which, :, :, ::-1]
    objects = labels[which]
    there = objects[:, :, 0] >= 0
    left, right = objects[:, :, 1].copy(), objects[:, :, 3].copy()
    objects[:, :, 1], objects[:, :, 3] = np.where(there, 1 - right, -1), np.where(there, 1 - left, -1)
    labels[which] = objects
    return images, labels


def _step(module: Any, images: Any, labels: Any) -> tuple[float, float]:
    module.forward_backward(mx.io.DataBatch([mx.nd.array(images)], [mx.nd.array(labels)]))
    module.update()
    probabilities, distance, targets, _ = (output.asnumpy() for output in module.get_outputs())
    counted = targets >= 0
    right = np.take_along_axis(probabilities, np.maximum(targets, 0).astype(int)[:, None, :], axis=1)[:, 0]
    matched = max(1, int((targets > 0).sum()))
    return float(-np.log(np.maximum(right[counted], 1e-12)).mean()), float(distance.sum() / matched)


def save(module: Any, model_dir: Path, num_classes: int, samples: int) -> None:
    """Write the graph, the weights and the hyperparameters under the algorithm's names."""
    weights, states = module.get_params()
    mx.model.save_checkpoint(str(model_dir / PREFIX), EPOCH, module.symbol, weights, states)
    assert detections_of(module.symbol).list_outputs() == ["det_out_output"]
    parameters = {
        "base_network": "vehicle-rears",
        "num_classes": num_classes,
        "num_training_samples": samples,
        "image_shape": IMAGE_SHAPE,
        "epochs": EPOCHS,
        "mini_batch_size": BATCH,
        "optimizer": "sgd",
        "learning_rate": RATE,
        "momentum": MOMENTUM,
        "weight_decay": WEIGHT_DECAY,
        "overlap_threshold": 0.5,
        "nms_threshold": NMS_THRESHOLD,
        "nms_topk": NMS_TOPK,
    }
    text = json.dumps({name: str(value) for name, value in parameters.items()})
    (model_dir / "hyperparams.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
