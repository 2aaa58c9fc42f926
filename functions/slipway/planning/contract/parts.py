"""The parts of a deployment input: the containers of a model that has several.

Each is an input of its own, with what the whole says for all of them, so that rules are stated once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# What the whole says of a model, and a container says of itself.
CONTAINER_FIELDS = (
    "ModelDataUrl",
    "ModelDataSource",
    "TrainingJobName",
    "Framework",
    "FrameworkVersion",
    "PyVersion",
    "BaseFrameworkVersion",
    "ImageUri",
    "Environment",
)

OF_ALL_CONTAINERS = ("Containers", "InferenceExecutionConfig", "SmokeTest")


def parts_of(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each container as `Containers[0]` and an input of its own; nothing for an input with one."""
    shared = {name: value for name, value in document.items() if name not in OF_ALL_CONTAINERS}
    for position, container in enumerate(document.get("Containers", [])):
        yield f"Containers[{position}]", {**shared, **container}
