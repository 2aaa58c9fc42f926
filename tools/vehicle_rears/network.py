"""A single-shot detector of 224,000 weights, in the form that the built-in algorithm leaves in S3.

That is the *training* graph: the algorithm saves what it trained, with the label as a second input and the detections
as the output `det_out` beside the losses. (Everybody who loads such a `model_algo_1-symbol.json` by hand meets
"multibox_target: Label should be [batch, num_labels, label_width] tensor": aws/sagemaker-python-sdk issue 438.)
"""

from __future__ import annotations

from typing import Any

import mxnet as mx

IMAGE_SHAPE = 300
VARIANCES = (0.1, 0.1, 0.2, 0.2)
NMS_THRESHOLD, NMS_TOPK = 0.45, 400
RATIOS = (1.0, 1.4, 0.7)
# Anchors of each feature map, as shares of the picture: 19, 10 and 5 cells wide.
SIZES = ((0.16, 0.22), (0.3, 0.38), (0.48, 0.58))
CHANNELS = (48, 64, 64)


def training_symbol(num_classes: int) -> Any:
    """Return the graph over `data` (N, 3, 300, 300) and `label` (N, objects, 5): class, then edges from 0 to 1."""
    data, label = mx.sym.Variable("data"), mx.sym.Variable("label")
    locations, classes, anchors = _heads(_feature_maps(data), num_classes)
    location_target, location_mask, class_target = mx.sym.contrib.MultiBoxTarget(
        anchors,
        label,
        classes,
        overlap_threshold=0.5,
        ignore_label=-1,
        negative_mining_ratio=3,
        negative_mining_thresh=0.5,
        variances=VARIANCES,
        name="multibox_target",
    )
    probabilities = mx.sym.SoftmaxOutput(
        data=classes,
        label=class_target,
        ignore_label=-1,
        use_ignore=True,
        multi_output=True,
        normalization="valid",
        name="cls_prob",
    )
    distance = mx.sym.smooth_l1(location_mask * (locations - location_target), scalar=1.0, name="loc_loss_")
    detections = mx.sym.contrib.MultiBoxDetection(
        probabilities,
        locations,
        anchors,
        nms_threshold=NMS_THRESHOLD,
        force_suppress=False,
        nms_topk=NMS_TOPK,
        variances=VARIANCES,
        name="detection",
    )
    return mx.sym.Group(
        [
            probabilities,
            mx.sym.MakeLoss(distance, normalization="valid", name="loc_loss"),
            mx.sym.MakeLoss(class_target, grad_scale=0, name="cls_label"),
            mx.sym.MakeLoss(detections, grad_scale=0, name="det_out"),
        ]
    )


def _feature_maps(data: Any) -> list[Any]:
    # Pixels come as they are, 0 to 255: the first layer is what brings them to one scale, as in ResNet's `bn_data`.
    body = mx.sym.BatchNorm(data, fix_gamma=True, eps=2e-5, name="bn_data")
    body = _convolution(body, 16, "conv1", kernel=5, stride=4)
    body = _convolution(body, 32, "conv2", stride=2)
    body = _convolution(body, 48, "conv3", stride=2)
    maps = []
    for level, channels in enumerate(CHANNELS):
        if level:
            body = _convolution(body, channels, f"down{level}", stride=2)
        body = _convolution(body, channels, f"features{level}")
        maps.append(body)
    return maps


def _convolution(data: Any, channels: int, name: str, kernel: int = 3, stride: int = 1) -> Any:
    convolved = mx.sym.Convolution(
        data,
        kernel=(kernel, kernel),
        stride=(stride, stride),
        pad=(kernel // 2, kernel // 2),
        num_filter=channels,
        no_bias=True,
        name=name,
    )
    normal = mx.sym.BatchNorm(convolved, fix_gamma=False, eps=2e-5, name=f"bn_{name}")
    return mx.sym.Activation(normal, act_type="relu", name=f"relu_{name}")


def _heads(maps: list[Any], num_classes: int) -> tuple[Any, Any, Any]:
    """Return offsets (N, anchors * 4), class scores (N, classes + background, anchors) and anchors (1, anchors, 4)."""
    locations, classes, anchors = [], [], []
    for level, (features, sizes) in enumerate(zip(maps, SIZES, strict=True)):
        count = len(sizes) + len(RATIOS) - 1
        locations.append(_predictions(features, count * 4, f"loc_pred{level}"))
        classes.append(_predictions(features, count * (num_classes + 1), f"cls_pred{level}"))
        boxes = mx.sym.contrib.MultiBoxPrior(features, sizes=sizes, ratios=RATIOS, name=f"anchors{level}")
        anchors.append(mx.sym.Flatten(boxes))
    scores = mx.sym.Reshape(mx.sym.Concat(*classes, dim=1), shape=(0, -1, num_classes + 1))
    return (
        mx.sym.Concat(*locations, dim=1, name="multibox_loc_pred"),
        mx.sym.transpose(scores, axes=(0, 2, 1), name="multibox_cls_pred"),
        mx.sym.Reshape(mx.sym.Concat(*anchors, dim=1), shape=(0, -1, 4), name="multibox_anchors"),
    )


def _predictions(features: Any, channels: int, name: str) -> Any:
    predicted = mx.sym.Convolution(features, kernel=(3, 3), pad=(1, 1), num_filter=channels, name=name)
    return mx.sym.Flatten(mx.sym.transpose(predicted, axes=(0, 2, 3, 1)))
