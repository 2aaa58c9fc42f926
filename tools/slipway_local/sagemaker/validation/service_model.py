"""The service model of the operations that the local SageMaker serves.

It is a part of the newest botocore's, which `make service-model` writes: the botocore that the engine is pinned to does
not decide which members SageMaker has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from botocore.model import ServiceModel

FILE = Path(__file__).with_name("service_model.json")
OPERATIONS = (
    "AddTags", "CreateEndpoint", "CreateEndpointConfig", "CreateModel", "CreateModelPackage",
    "CreateModelPackageGroup", "CreateTransformJob", "DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel",
    "DeleteModelPackage", "DeleteModelPackageGroup", "DeleteTags", "DescribeEndpoint", "DescribeEndpointConfig",
    "DescribeModel", "DescribeModelPackage", "DescribeModelPackageGroup", "DescribeTrainingJob",
    "DescribeTransformJob", "ListEndpointConfigs", "ListEndpoints", "ListModelPackageGroups",
    "CreateInferenceComponent", "DeleteInferenceComponent", "DescribeInferenceComponent", "ListInferenceComponents",
    "UpdateInferenceComponent",
    "UpdateInferenceComponentRuntimeConfig",
    "ListModelPackages", "ListModels", "ListTags", "ListTrainingJobs", "ListTransformJobs", "Search",
    "StopTransformJob", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities", "UpdateModelPackage",
)  # fmt: skip
# What is checked in addition to requests: what registers a training job, and the resources that Search compares.
ANSWERED = ("DescribeTrainingJob",)
SEARCHED = ("ModelPackage", "ModelPackageGroup", "TrainingJob")


@cache
def service_model() -> Any:
    """Load the service model once; it never changes."""
    return ServiceModel(json.loads(FILE.read_text(encoding="utf-8")), "sagemaker")


def part_of(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of SageMaker's whole service model that is needed here, without its documentation."""
    operations = {name: _operation(name, whole["operations"][name]) for name in OPERATIONS}
    needed = set(SEARCHED)
    for operation in operations.values():
        needed.update(operation[side]["shape"] for side in ("input", "output") if side in operation)
    shapes = whole["shapes"]
    waiting = list(needed)
    while waiting:
        inner = set(_inner(shapes[waiting.pop()])) - needed
        needed |= inner
        waiting += inner
    return {
        "metadata": whole["metadata"],
        "operations": operations,
        "shapes": {name: _undocumented(shapes[name]) for name in sorted(needed)},
    }


def _operation(name: str, whole: Mapping[str, Any]) -> dict[str, Any]:
    sides = ("input", "output") if name in ANSWERED else ("input",)
    return {"name": name, "http": whole["http"], **{side: whole[side] for side in sides if side in whole}}


def _inner(shape: Mapping[str, Any]) -> Iterator[str]:
    yield from (member["shape"] for member in shape.get("members", {}).values())
    yield from (shape[part]["shape"] for part in ("member", "key", "value") if part in shape)


def _undocumented(value: Any) -> Any:
    # A member may have the name "documentation"; its value is then no text.
    if isinstance(value, list):
        return [_undocumented(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: _undocumented(item)
        for key, item in value.items()
        if key != "documentation" or not isinstance(item, str)
    }  # fmt: skip
